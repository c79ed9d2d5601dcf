//! Measured servers, each in a child process.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use waxwing::agent::{Agent, AgentError, Echo, Reply, RunContext, Turn};
use waxwing::engine::{Campaign, CampaignRecipient, Debounce, Engine, Operator, Route};
use waxwing::store::{MAX_RECIPIENTS_PER_CALL, SqliteOptions, SqliteStore};
use waxwing::types::{PhoneNumberId, TemplateMessage, WaId};
use waxwing::webhook::AppSecrets;
use waxwing::{AgentOs, Prefix, WhatsApp};
use waxwing_axum::{Verification, Webhook};

use crate::webhook::{SECRET, number};

/// Server in a child process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum ServerKind {
    /// Handler that only checks the signature.
    Bare,
    /// Webhook with a store, without an engine that answers.
    AcceptOnly(Storage),
    /// Complete server.
    Full(Storage, FullServer),
}

/// Database of a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Storage {
    pub(crate) path: PathBuf,
    /// Additional time of each disk flush.
    pub(crate) flush_delay: Duration,
}

/// Complete server with an agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FullServer {
    /// URL of the fake Graph API.
    pub(crate) graph_url: String,
    /// Number of business numbers.
    pub(crate) numbers: usize,
    /// Limit of messages per second for each number, inbound and outbound together. Unlimited if `None`.
    pub(crate) per_second: Option<u32>,
    /// Number of concurrent runs. If set, each run waits until this number of runs has started, and then takes 2 seconds.
    pub(crate) at_once: Option<usize>,
    /// Number of recipients of a campaign that each number sends. No campaign if 0.
    pub(crate) recipients: usize,
}

/// Duration of a run of the slow agent.
const SLOW: Duration = Duration::from_secs(2);

/// Serves until standard input ends, which happens with the end of the parent process.
pub(crate) fn run(config: &str) -> anyhow::Result<()> {
    let server: ServerKind = serde_json::from_str(config).context("the configuration of the server is not valid")?;
    // The program uses the same runtime.
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(server))
}

async fn serve(server: ServerKind) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    match server {
        ServerKind::Bare => {
            println!("listening {address}");
            tokio::select! {
                ended = async { axum::serve(listener, bare()).await } => ended?,
                () = parent() => {}
            }
            Ok(())
        }
        ServerKind::AcceptOnly(storage) => {
            let store = open(&storage).await?;
            let webhook = Webhook::new(engine(store.clone())?, verification(), None);
            println!("listening {address}");
            let router = webhook.router(&Prefix::default());
            tokio::select! {
                ended = async { axum::serve(listener, router).await } => ended?,
                () = parent() => {}
            }
            Ok(())
        }
        ServerKind::Full(storage, whole) => {
            let running = host(&storage, &whole).await?.start().await?;
            println!("listening {address}");
            Ok(running.serve(listener, parent()).await?)
        }
    }
}

/// Waits for the end of the parent process.
async fn parent() {
    // Data or an error also mean that the parent process is gone.
    let _ = tokio::io::stdin().read(&mut [0; 1]).await;
}

async fn open(storage: &Storage) -> anyhow::Result<Arc<SqliteStore>> {
    let options = SqliteOptions::new("127.0.0.1").flush_delay(storage.flush_delay);
    Ok(Arc::new(SqliteStore::open(&storage.path, options).await?))
}

fn verification() -> Verification {
    Verification::Signed(AppSecrets::parse(SECRET).expect("the secret is not blank"))
}

/// Returns a handler with the minimal work of a webhook: it reads the body, checks the signature, and answers.
fn bare() -> Router {
    async fn deliver(
        State(secrets): State<Arc<AppSecrets>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<axum::Json<serde_json::Value>, StatusCode> {
        let header = headers.get("x-hub-signature-256").map(axum::http::HeaderValue::as_bytes);
        secrets.verify(body, header).map_err(|_| StatusCode::FORBIDDEN)?;
        Ok(axum::Json(serde_json::json!({ "status": "processing" })))
    }
    let secrets = Arc::new(AppSecrets::parse(SECRET).expect("the secret is not blank"));
    Router::new().route("/whatsapp/webhook", post(deliver)).with_state(secrets)
}

/// Returns an engine that is never started.
fn engine(store: Arc<SqliteStore>) -> anyhow::Result<Engine> {
    let number = PhoneNumberId::new(number(0));
    let graph = Arc::new(waxwing::client::Client::new("token", number.clone())?);
    Ok(Engine::builder(store).route(Route::new(number, Arc::new(Echo), graph)).build())
}

async fn host(storage: &Storage, whole: &FullServer) -> anyhow::Result<AgentOs> {
    let mut settings = waxwing::engine::EngineSettings::default();
    settings.debounce = Debounce::Fixed(Duration::ZERO);
    // The loop guard would stop the users, who write many messages each.
    settings.loop_limit = 0;
    settings.rate_limit.per_second = whole.per_second.unwrap_or(u32::MAX);
    settings.rate_limit.pair_interval = Duration::ZERO;
    settings.max_runs = whole.at_once.map_or(settings.max_runs, |runs| runs + 64);
    let gate = whole.at_once.map(|runs| Arc::new(Barrier { awaited: AtomicUsize::new(runs), opened: Notify::new() }));
    let store = open(storage).await?;
    for nth in 0..whole.numbers {
        start_campaign(store.clone(), nth, whole.recipients).await?;
    }
    let mut os = AgentOs::new().store(store).engine(settings);
    for nth in 0..whole.numbers {
        let agent: Arc<dyn Agent> = match &gate {
            Some(gate) => Arc::new(Slow(gate.clone())),
            None => Arc::new(Echo),
        };
        // All webhooks use the path of the first number, as those of one Meta app do.
        let prefix = if nth == 0 { Prefix::default() } else { Prefix::new(&format!("/{nth}"))? };
        let interface = WhatsApp::builder(agent).access_token("token").phone_number_id(number(nth)).app_secret(SECRET);
        os = os.interface(interface.prefix(prefix).graph_url(&whole.graph_url).verify_token("word").build()?);
    }
    Ok(os)
}

/// Starts a campaign of a number, unless it has no recipients.
async fn start_campaign(store: Arc<SqliteStore>, nth: usize, recipients: usize) -> anyhow::Result<()> {
    if recipients == 0 {
        return Ok(());
    }
    let operator = Operator::new(store);
    let template = TemplateMessage::new("news", "en");
    let id = operator.create_campaign(Campaign::new(PhoneNumberId::new(number(nth)), "bench", template)).await?;
    let list: Vec<_> =
        (0..recipients).map(|place| CampaignRecipient::new(WaId::new(format!("99{nth:02}{place:07}")))).collect();
    for chunk in list.chunks(MAX_RECIPIENTS_PER_CALL) {
        operator.add_recipients(id, chunk.to_vec()).await?;
    }
    Ok(operator.start_campaign(id, Duration::ZERO).await?)
}

/// Agent that answers like [`Echo`] after a barrier and a pause.
#[derive(Debug)]
struct Slow(Arc<Barrier>);

/// Barrier that opens when the expected number of runs has started.
#[derive(Debug)]
struct Barrier {
    awaited: AtomicUsize,
    opened: Notify,
}

#[async_trait]
impl Agent for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let opened = self.0.opened.notified();
        if self.0.awaited.fetch_sub(1, Ordering::Relaxed) == 1 {
            println!("all agents run");
            self.0.opened.notify_waiters();
        } else {
            opened.await;
        }
        tokio::time::sleep(SLOW).await;
        Echo.run(turn, ctx).await
    }
}
