//! What can go wrong in running the emulator itself.

use std::io;
use std::net::SocketAddr;

/// Why the emulator could not start or could not reach the webhook. Never holds a token, a URL's query or a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system gave no random bytes for the secrets.
    #[error("no random bytes for the secrets")]
    Random(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The HTTP client that posts webhooks could not be made.
    #[error("cannot make the client that posts webhooks")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The scenario to start with is not possible.
    #[error("the scenario cannot be played")]
    Scenario(#[source] crate::ActionError),
    /// The call needs [`Emulator::set_webhook`](crate::Emulator::set_webhook) first.
    #[error("no webhook URL is set")]
    NoWebhook,
    /// The URL given to [`Emulator::set_webhook`](crate::Emulator::set_webhook) is none.
    #[error("the webhook URL is not valid")]
    WebhookUrl(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The webhook server gave no answer: no connection, a broken one, or the time ran out.
    #[error("the webhook server gave no answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn client(error: reqwest::Error) -> Self {
        Self::Client(Box::new(error.without_url()))
    }

    pub(crate) fn no_answer(error: reqwest::Error) -> Self {
        Self::NoAnswer(Box::new(error.without_url()))
    }
}
