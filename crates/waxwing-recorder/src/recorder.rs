//! Proxy that records the traffic of a bot.

mod forward;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;
use waxwing_network::NetworkPolicy;

use crate::capture::{Capture, CaptureSummary};
use crate::recording::Recording;

/// Timeout of a forwarded request, in addition to the time that its sender waits.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The two sides between which a [`Recorder`] stands.
///
/// ```
/// use waxwing_recorder::RecorderSettings;
///
/// let settings = RecorderSettings::new("http://127.0.0.1:8000/webhook".parse()?);
/// assert_eq!(settings.graph.as_str(), "https://graph.facebook.com/");
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecorderSettings {
    /// Webhook of the bot. The recorder receives webhooks at the same path.
    pub webhook: Url,
    /// Base URL of the Graph API, or of an emulator. Default: `https://graph.facebook.com`.
    pub graph: Url,
    /// Listening address. Default: a free port of 127.0.0.1.
    pub bind: SocketAddr,
}

impl RecorderSettings {
    /// Creates settings for the bot with this webhook.
    #[expect(clippy::missing_panics_doc, reason = "the URL is valid")]
    pub fn new(webhook: Url) -> Self {
        let graph = Url::parse("https://graph.facebook.com").expect("valid");
        Self { webhook, graph, bind: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

/// Running proxy that records the messages of users and of the bot.
///
/// The bot uses [`Recorder::url`] as the base URL of the Graph API, and Meta posts the webhooks to the recorder. Every request is forwarded as
/// it came, so signatures stay valid. The recorder keeps no access token.
#[derive(Debug)]
pub struct Recorder {
    url: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

/// State of a recorder.
struct Shared {
    settings: RecorderSettings,
    started: Instant,
    http: HttpClients,
    capture: Mutex<Capture>,
    downloads: Mutex<Downloads>,
    stopped: CancellationToken,
}

/// Clients for the two sides. A proxy of the environment never applies to this machine.
struct HttpClients {
    graph: reqwest::Client,
    webhook: reqwest::Client,
}

/// URLs of media files that Meta named. The recorder forwards downloads to these URLs only.
#[derive(Default)]
struct Downloads {
    urls: HashMap<u64, Url>,
    last: u64,
}

/// Why a recorder cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// The address is in use, or does not belong to this machine.
    #[error("the recorder cannot listen on {address}: stop the other program, or use another port")]
    Bind {
        /// Address.
        address: SocketAddr,
        /// Cause.
        source: io::Error,
    },
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created")]
    Client(#[from] reqwest::Error),
}

impl Recorder {
    /// Starts a recorder.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound, or if the system has no TLS certificates.
    pub async fn start(settings: RecorderSettings) -> Result<Self, RecorderError> {
        let address = settings.bind;
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            Ok::<_, io::Error>((listener.local_addr()?, listener))
        };
        let (bound, listener) = bound.await.map_err(|source| RecorderError::Bind { address, source })?;
        let http = HttpClients { graph: client(&settings.graph)?, webhook: client(&settings.webhook)? };
        let shared = Arc::new(Shared {
            settings,
            started: Instant::now(),
            http,
            capture: Mutex::default(),
            downloads: Mutex::default(),
            stopped: CancellationToken::new(),
        });
        let router = Router::new().fallback(forward::forward).with_state(Arc::clone(&shared));
        let stopped = shared.stopped.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "recorder stopped serving");
            }
        });
        let host = if bound.ip().is_unspecified() { format!("localhost:{}", bound.port()) } else { bound.to_string() };
        Ok(Self { url: format!("http://{host}"), shared, server })
    }

    /// Returns the URL of the recorder on this machine.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL to which webhooks have to be posted. The recorder adds the query of the bot's URL.
    pub fn webhook_url(&self) -> String {
        format!("{}{}", self.url, self.shared.settings.webhook.path())
    }

    /// Returns the recording of the traffic so far. The recorder forwards requests in the meantime, but this call may take seconds for a
    /// long recording, so call it where blocking is allowed.
    pub fn recording(&self) -> Recording {
        let content = self.shared.capture().content();
        content.recording()
    }

    /// Returns a number that grows when the recording grows.
    pub fn progress(&self) -> usize {
        self.shared.capture().progress()
    }

    /// Returns the number of things that are not part of the recording.
    pub fn summary(&self) -> CaptureSummary {
        self.shared.capture().summary
    }

    /// Stops the recorder after the requests in progress. Returns the recording.
    pub async fn stop(self) -> Recording {
        self.shared.stopped.cancel();
        // A panic of a handler does not lose the recording.
        let _ = self.server.await;
        let content = self.shared.capture().content();
        content.recording()
    }
}

impl Shared {
    fn capture(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn downloads(&self) -> MutexGuard<'_, Downloads> {
        self.downloads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(server: &Url) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
    let is_direct = NetworkPolicy::default().bypasses_proxy(server);
    if is_direct { builder.no_proxy() } else { builder }.build()
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}
