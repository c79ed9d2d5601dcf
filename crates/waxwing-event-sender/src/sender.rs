//! Sender of events to one receiver.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use url::{Host, Url};
use waxwing_network::{NetworkPolicy, is_public};

use crate::error::EventSenderError;
use crate::resolver::{PrivateName, PublicResolver};
use crate::secret::WebhookSecret;

/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest part of a response that is read, so that the connection can be used again.
const MAX_RESPONSE: usize = 16 * 1024;

/// Longest wait that a receiver can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Sends events to one receiver. Clones share the connections. `Debug` output contains the host only.
#[derive(Clone)]
pub struct EventSender {
    client: reqwest::Client,
    url: Url,
    secrets: Arc<[WebhookSecret]>,
}

/// Result of a request to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendResult {
    /// The receiver has the event: a status from 200 to 299.
    Delivered,
    /// The receiver wants no more events: status 410.
    Gone,
    /// The event has to be sent again.
    Failed {
        /// Reason for operators, without the URL and the response.
        reason: String,
        /// Wait that the receiver asks for, at most an hour.
        retry_after: Option<Duration>,
    },
}

impl EventSender {
    /// Default timeout of a request.
    pub const TIMEOUT: Duration = Duration::from_secs(15);

    /// Creates the builder of a sender to this URL.
    pub fn builder(url: impl Into<String>) -> EventSenderBuilder {
        EventSenderBuilder {
            url: url.into(),
            secrets: Vec::new(),
            allow_private_addresses: false,
            timeout: Self::TIMEOUT,
            network: NetworkPolicy::default(),
        }
    }

    /// Returns the host of the receiver, for logs.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends one event once. `id` is the id of the event, and `body` its JSON.
    pub async fn send(&self, id: &str, body: Bytes) -> SendResult {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let signatures: Vec<_> = self.secrets.iter().map(|secret| secret.sign(id, seconds, &body)).collect();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        match request.send().await {
            Ok(response) => result(response).await,
            Err(error) => SendResult::Failed { reason: reason(&error), retry_after: None },
        }
    }
}

async fn result(mut response: reqwest::Response) -> SendResult {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let retry_after = retry_after.map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    let mut rest = MAX_RESPONSE;
    while let Ok(Some(chunk)) = response.chunk().await {
        let Some(left) = rest.checked_sub(chunk.len()) else { break };
        rest = left;
    }
    match status {
        status if status.is_success() => SendResult::Delivered,
        StatusCode::GONE => SendResult::Gone,
        status if status.is_redirection() => SendResult::Failed {
            reason: format!("status {}; redirects are not followed", status.as_u16()),
            retry_after,
        },
        status => SendResult::Failed { reason: format!("status {}", status.as_u16()), retry_after },
    }
}

/// Returns the reason of a failed request without the URL, which can contain a secret.
fn reason(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(private) = cause.downcast_ref::<PrivateName>() {
            return private.to_string();
        }
        source = cause.source();
    }
    match error {
        error if error.is_timeout() => "timeout".to_owned(),
        error if error.is_connect() => "no connection".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

impl fmt::Debug for EventSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSender").field("host", &self.host()).finish_non_exhaustive()
    }
}

/// Builds an [`EventSender`]. `Debug` output contains neither the URL nor a secret.
#[derive(Clone)]
pub struct EventSenderBuilder {
    url: String,
    secrets: Vec<WebhookSecret>,
    allow_private_addresses: bool,
    timeout: Duration,
    network: NetworkPolicy,
}

impl EventSenderBuilder {
    /// Adds a secret. Each secret signs each event, so that a receiver can replace its secret. At least one is required.
    pub fn secret(mut self, secret: WebhookSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Allows addresses of this machine and of private networks. Default: false.
    pub fn allow_private_addresses(mut self, allow: bool) -> Self {
        self.allow_private_addresses = allow;
        self
    }

    /// Sets the time of a request up to the end of its response. Default: [`EventSender::TIMEOUT`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the policy of outgoing connections. Behind a proxy, the proxy resolves the name, and decides which addresses it reaches.
    pub fn network(mut self, network: NetworkPolicy) -> Self {
        self.network = network;
        self
    }

    /// Builds the sender.
    ///
    /// # Errors
    ///
    /// See [`EventSenderError`].
    pub fn build(self) -> Result<EventSender, EventSenderError> {
        let url = Url::parse(&self.url).map_err(|_| EventSenderError::InvalidUrl)?;
        let host = url.host().ok_or(EventSenderError::InvalidUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EventSenderError::InvalidUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EventSenderError::Credentials);
        }
        if self.secrets.is_empty() {
            return Err(EventSenderError::NoSecret);
        }
        self.network.check_secret(&url)?;
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
            .timeout(self.timeout)
            .user_agent(concat!("waxwing/", env!("CARGO_PKG_VERSION")));
        if self.network.bypasses_proxy(&url) {
            client = client.no_proxy();
        }
        if !self.allow_private_addresses {
            client = match host {
                Host::Ipv4(address) if !is_public(address.into()) => return Err(EventSenderError::PrivateAddress),
                Host::Ipv6(address) if !is_public(address.into()) => return Err(EventSenderError::PrivateAddress),
                Host::Domain(name) => client.dns_resolver(Arc::new(PublicResolver { receiver: name.to_owned() })),
                _ => client,
            };
        }
        let client = client.build().map_err(EventSenderError::Client)?;
        Ok(EventSender { client, url, secrets: self.secrets.into() })
    }
}

impl fmt::Debug for EventSenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSenderBuilder")
            .field("secrets", &self.secrets.len())
            .field("allow_private_addresses", &self.allow_private_addresses)
            .finish_non_exhaustive()
    }
}
