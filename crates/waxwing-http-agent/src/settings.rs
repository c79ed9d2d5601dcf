//! How an agent is reached, and within which bounds.

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::signature::MIN_SECRET;
use crate::{HttpAgent, SharedSecret};

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a call may take.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) window: Duration,
    pub(crate) history: usize,
    /// Bytes of media that are sent, of all messages of a turn together.
    pub(crate) media: u64,
    /// Bytes of a response.
    pub(crate) response: usize,
}

/// Puts an [`HttpAgent`] together. What is not set has a default that suits a chat.
pub struct HttpAgentBuilder {
    name: String,
    url: String,
    secret: SecretString,
    limits: Limits,
}

impl HttpAgentBuilder {
    pub(crate) fn new(name: String, url: String, secret: String) -> Self {
        let limits = Limits {
            timeout: Duration::from_mins(2),
            window: Duration::from_mins(5),
            history: 40,
            media: 10 * 1024 * 1024,
            response: 24 * 1024 * 1024,
        };
        Self { name, url, secret: SecretString::from(secret), limits }
    }

    /// Sets how long a call may take, from connecting to the last byte of the answer; two minutes if not set. The time that the run has left counts as well.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets by how much the time of a signature may be off; five minutes if not set.
    pub fn window(mut self, window: Duration) -> Self {
        self.limits.window = window;
        self
    }

    /// Sets how many entries of the history are sent; the last 40 if not set.
    pub fn history(mut self, entries: usize) -> Self {
        self.limits.history = entries;
        self
    }

    /// Sets how many bytes of media are sent with a turn; 10 MiB if not set. Media beyond are described.
    pub fn max_media(mut self, bytes: u64) -> Self {
        self.limits.media = bytes;
        self
    }

    /// Sets how many bytes an answer may have, with all that is said before it, as it travels: media are a third larger. 24 MiB if not set.
    pub fn max_response(mut self, bytes: usize) -> Self {
        self.limits.response = bytes;
        self
    }

    /// The agent.
    ///
    /// # Errors
    ///
    /// Where the URL or the secret cannot be right.
    pub fn build(self) -> Result<HttpAgent, InvalidHttpAgent> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(InvalidHttpAgent::Url)?;
        let secret = SharedSecret::new(self.secret.expose_secret()).ok_or(InvalidHttpAgent::Secret)?;
        // A turn is for the configured host alone.
        let client = reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_TIMEOUT).build();
        let client = client.map_err(|_| InvalidHttpAgent::Tls)?;
        Ok(HttpAgent { name: self.name, url, secret, client, limits: self.limits })
    }
}

/// Shows neither the secret nor the address, which may hold one.
impl fmt::Debug for HttpAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAgentBuilder")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A setting of an [`HttpAgent`] that cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHttpAgent {
    /// The URL is none of HTTP or HTTPS.
    Url,
    /// The secret is shorter than [`MIN_SECRET`].
    Secret,
    /// The TLS library cannot be initialised.
    Tls,
}

impl fmt::Display for InvalidHttpAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the URL of the agent is no address of HTTP or HTTPS"),
            Self::Secret => write!(f, "the secret that is shared with the agent is shorter than {MIN_SECRET} bytes"),
            Self::Tls => f.write_str("the TLS library cannot be initialised"),
        }
    }
}

impl std::error::Error for InvalidHttpAgent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, secret: &str, expected: Option<InvalidHttpAgent>) {
        let builder = HttpAgent::builder("shop", url, secret);
        let shown = format!("{builder:?}");
        let agent = builder.build();
        let shown = format!("{shown} {agent:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("0123456789abcdef"), "{shown}");
        assert_eq!(agent.err(), expected);
    }

    #[test]
    fn settings_are_checked_and_show_no_secret() {
        let secret = "0123456789abcdef";
        check("https://user:hunter2@agent.example/turn?key=hunter2", secret, None);
        check("http://127.0.0.1:8080", secret, None);
        check("agent.example/hunter2", secret, Some(InvalidHttpAgent::Url));
        check("file:///hunter2", secret, Some(InvalidHttpAgent::Url));
        check("https://agent.example", "hunter2", Some(InvalidHttpAgent::Secret));
    }
}
