//! Errors of running the emulator.

use std::io;
use std::net::SocketAddr;

use crate::action::ActionError;

/// Error of starting the emulator or of calling the webhook.
///
/// Errors contain no token, no URL query and no message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is in use, or it is not an address of this machine.
    #[error("cannot listen on {address}; choose another address, or port 0 for a free port")]
    Bind {
        /// Requested address.
        address: SocketAddr,
        /// Error of the operating system.
        source: io::Error,
    },
    /// The certificates of the HTTPS proxy could not be made.
    #[cfg(feature = "https-proxy")]
    #[error("cannot make the certificates of the HTTPS proxy")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The operating system provided no random bytes.
    #[error("the operating system provided no random bytes for seeds and secrets")]
    Random(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The HTTP client for webhooks could not be built.
    #[error("cannot build the HTTP client for webhooks")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The scenario could not be started.
    #[error("cannot start the scenario")]
    Scenario(#[source] ActionError),
    /// No webhook is configured.
    #[error("no webhook is set; call Emulator::set_webhook first")]
    NoWebhook,
    /// The webhook URL is invalid.
    #[error("the webhook URL is not valid")]
    WebhookUrl(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The webhook server did not respond: the connection failed, broke, or the timeout passed.
    #[error("the webhook server did not respond")]
    NoResponse(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn client(error: reqwest::Error) -> Self {
        Self::Client(Box::new(error.without_url()))
    }

    pub(crate) fn no_response(error: reqwest::Error) -> Self {
        Self::NoResponse(Box::new(error.without_url()))
    }
}
