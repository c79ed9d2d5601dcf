//! Builder of HTTP agents.

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use waxwing_network::{NetworkPolicy, PlainHttpRefused};

use super::HttpAgent;
use crate::endpoint::Endpoint;
use crate::limits::CallLimits;
use crate::signature::SharedSecret;

/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Builds an [`HttpAgent`]. See [`HttpAgent::builder`]. `Debug` output contains neither the secret nor the URL.
pub struct HttpAgentBuilder {
    name: String,
    url: String,
    secret: SecretString,
    limits: CallLimits,
    network: NetworkPolicy,
}

impl HttpAgentBuilder {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            url: String::new(),
            secret: SecretString::default(),
            limits: CallLimits::default(),
            network: NetworkPolicy::default(),
        }
    }

    /// Sets the URL to which turns are posted, with `http` or `https`. Required.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Sets the secret with which both sides sign. The secret has at least [`SharedSecret::MIN_BYTES`] bytes. Required.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = SecretString::from(secret.into());
        self
    }

    /// Sets the timeout of a call, from connecting to the last byte of the answer. The default is 2 minutes. A call also ends before the
    /// deadline of the run.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets the largest difference between the time of a signature and the present time. The default is 5 minutes.
    pub fn signature_window(mut self, window: Duration) -> Self {
        self.limits.signature_window = window;
        self
    }

    /// Sets the number of history entries in a call. The default is 40.
    pub fn history_limit(mut self, entries: usize) -> Self {
        self.limits.history = entries;
        self
    }

    /// Sets the bytes of media in a call, for all messages of a turn. The default is 10 MiB. Media above the limit are sent without their
    /// bytes.
    pub fn max_media_bytes(mut self, bytes: u64) -> Self {
        self.limits.media_bytes = bytes;
        self
    }

    /// Sets the largest size of a response in bytes, with all interim messages. Base64 makes media a third larger. The default is 24 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.limits.response_bytes = bytes;
        self
    }

    /// Sets the policy of proxies and plain HTTP. By default, a program on this machine is reached without a proxy, and other hosts get
    /// turns over HTTPS only.
    pub fn network(mut self, network: NetworkPolicy) -> Self {
        self.network = network;
        self
    }

    /// Builds the agent.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL or the secret is missing or invalid.
    pub fn build(self) -> Result<HttpAgent, InvalidHttpAgent> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(InvalidHttpAgent::Url)?;
        let secret = SharedSecret::new(self.secret.expose_secret()).ok_or(InvalidHttpAgent::Secret)?;
        self.network.check_secret(&url).map_err(|PlainHttpRefused| InvalidHttpAgent::PlainHttp)?;
        // Only the configured host may get a turn.
        let mut client = reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT);
        if self.network.bypasses_proxy(&url) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|_| InvalidHttpAgent::Tls)?;
        Ok(HttpAgent { name: self.name, endpoint: Endpoint { url, secret, client, limits: self.limits } })
    }
}

impl fmt::Debug for HttpAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAgentBuilder")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Invalid setting of an [`HttpAgent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHttpAgent {
    /// The URL is missing, or is not an HTTP or HTTPS URL.
    Url,
    /// The URL is plain HTTP to another machine, and the policy does not allow it.
    PlainHttp,
    /// The secret is missing, or is shorter than [`SharedSecret::MIN_BYTES`].
    Secret,
    /// The TLS library cannot be initialized.
    Tls,
}

impl fmt::Display for InvalidHttpAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str(
                "the URL of the HTTP agent is not an HTTP or HTTPS URL; write it like https://agent.example/",
            ),
            Self::PlainHttp => f.write_str(PlainHttpRefused::MESSAGE),
            Self::Secret => {
                let least = SharedSecret::MIN_BYTES;
                write!(f, "the secret of the HTTP agent is too short; it needs at least {least} bytes")
            }
            Self::Tls => f.write_str("the TLS library cannot be initialized"),
        }
    }
}

impl std::error::Error for InvalidHttpAgent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, secret: &str, expected: Option<InvalidHttpAgent>) {
        let builder = HttpAgent::builder("shop").url(url).secret(secret);
        let shown = format!("{builder:?}");
        let agent = builder.build();
        let shown = format!("{shown} {agent:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("0123456789abcdef"), "{shown}");
        assert_eq!(agent.err(), expected);
    }

    #[test]
    fn settings_are_validated_and_debug_output_has_no_secret() {
        let secret = "0123456789abcdef";
        check("https://user:hunter2@agent.example/turn?key=hunter2", secret, None);
        check("http://127.0.0.1:8080", secret, None);
        check("http://agent.example", secret, Some(InvalidHttpAgent::PlainHttp));
        check("agent.example/hunter2", secret, Some(InvalidHttpAgent::Url));
        check("file:///hunter2", secret, Some(InvalidHttpAgent::Url));
        check("https://agent.example", "hunter2", Some(InvalidHttpAgent::Secret));
        check("", secret, Some(InvalidHttpAgent::Url));
        check("https://agent.example", "", Some(InvalidHttpAgent::Secret));
    }
}
