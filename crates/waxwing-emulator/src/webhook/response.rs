//! Responses of the webhook server.

use axum::http::HeaderMap;

/// Response of the webhook server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookResponse {
    /// HTTP status.
    pub status: u16,
    /// Body, truncated to 64 KiB.
    pub body: String,
    pub(crate) headers: HeaderMap,
}

impl WebhookResponse {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: String) -> Self {
        Self { status, body, headers }
    }

    /// Returns the first value of a header, in any case. `None` for a value that is not ASCII text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Result of [`Emulator::verify_webhook`](crate::Emulator::verify_webhook).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookVerification {
    /// Response of the server.
    pub response: WebhookResponse,
    /// Challenge that the response body must repeat.
    pub challenge: String,
}

impl WebhookVerification {
    pub(crate) fn new(response: WebhookResponse, challenge: String) -> Self {
        Self { response, challenge }
    }

    /// Returns whether Meta would accept the webhook: status 200, with the challenge as the whole body.
    pub fn is_accepted(&self) -> bool {
        self.response.status == 200 && self.response.body == self.challenge
    }
}
