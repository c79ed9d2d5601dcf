//! Error of a model request.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Error of a request to a model or a transcriber.
///
/// The message and the [source](StdError::source) hold no API key, no URL with a query and nothing of the conversation.
///
/// ```
/// use std::time::Duration;
/// use waxwing_llm::{ModelError, ModelErrorKind};
///
/// let error = ModelError::new(ModelErrorKind::RateLimited).with_status(429).with_retry_after(Duration::from_secs(7));
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "model provider is rate limiting or overloaded (HTTP 429)");
/// ```
#[derive(Debug)]
pub struct ModelError {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: ModelErrorKind,
    status: Option<u16>,
    code: Option<String>,
    retry_after: Option<Duration>,
    /// Share of the request that fits into the context, between 0 and 1.
    fitting_share: Option<f64>,
    detail: Option<&'static str>,
    provider_message: Option<OperatorMessage>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A text for the log only: `Debug` output, which may reach other places, does not contain it.
struct OperatorMessage(String);

impl fmt::Debug for OperatorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// Kind of a [`ModelError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// No complete response arrived in time.
    Timeout,
    /// The connection failed or was interrupted.
    Unreachable,
    /// The provider limits the request rate or is overloaded (HTTP 429, 503, 529).
    RateLimited,
    /// The provider failed (other HTTP 5xx).
    ServerError,
    /// The provider rejected the request: invalid API key, unknown model, unknown parameter (HTTP 4xx).
    Rejected,
    /// The request is too long for the context of the model, or too large for the provider (HTTP 413). A shorter request may succeed.
    ContextOverflow,
    /// The provider refuses a picture of the request. The request without the picture may succeed.
    PictureRefused,
    /// The model or its provider refused to answer.
    Refused,
    /// The response is empty, not readable, or does not have the requested format.
    InvalidResponse,
    /// No request was made: the model failed in several conversations, and its circuit is open.
    CircuitOpen,
}

impl ModelError {
    /// Creates an error of this kind.
    pub fn new(kind: ModelErrorKind) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                status: None,
                code: None,
                retry_after: None,
                fitting_share: None,
                detail: None,
                provider_message: None,
                source: None,
            }),
        }
    }

    /// Sets the HTTP status of the response.
    pub fn with_status(mut self, status: u16) -> Self {
        self.inner.status = Some(status);
        self
    }

    /// Sets the provider's error code, such as `invalid_api_key`.
    ///
    /// A code has at most 64 ASCII letters, digits, `_`, `-` and `.`. Anything else is dropped, because a sentence may quote the
    /// conversation or a key.
    pub fn with_code(mut self, code: &str) -> Self {
        let is_code_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_code = !code.is_empty() && code.len() <= 64 && code.chars().all(is_code_char);
        self.inner.code = is_code.then(|| code.to_owned());
        self
    }

    /// Sets how long to wait before the next request, as the provider asked.
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.inner.retry_after = Some(retry_after);
        self
    }

    /// Sets the underlying error. The source is logged, so it must not hold an API key or anything of the conversation.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Sets the share of the request that fits into the context, if it is between 0 and 1.
    pub(crate) fn with_fitting_share(mut self, share: Option<f64>) -> Self {
        self.inner.fitting_share = share.filter(|share| *share > 0.0 && *share < 1.0);
        self
    }

    /// Returns the share of the request that fits into the context, if the provider told both sizes.
    pub(crate) fn fitting_share(&self) -> Option<f64> {
        self.inner.fitting_share
    }

    /// Sets the message of the provider, cut and without anything of the conversation.
    pub(crate) fn with_provider_message(mut self, message: Option<String>) -> Self {
        self.inner.provider_message = message.map(OperatorMessage);
        self
    }

    /// Sets a fixed explanation.
    pub(crate) fn with_detail(mut self, detail: &'static str) -> Self {
        self.inner.detail = Some(detail);
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ModelErrorKind {
        self.inner.kind
    }

    /// Returns the HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// Returns the provider's error code.
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// Returns the message of the provider for operators: at most 300 characters, without words that only the conversation contains, and
    /// without anything that looks like a key or an identifier. The message is not part of the `Display` output.
    pub fn provider_message(&self) -> Option<&str> {
        self.inner.provider_message.as_ref().map(|message| message.0.as_str())
    }

    /// Returns true if the same request may succeed later: for every kind except [`Rejected`](ModelErrorKind::Rejected),
    /// [`ContextOverflow`](ModelErrorKind::ContextOverflow), [`PictureRefused`](ModelErrorKind::PictureRefused) and
    /// [`Refused`](ModelErrorKind::Refused).
    pub fn is_retryable(&self) -> bool {
        use ModelErrorKind::{ContextOverflow, PictureRefused, Refused, Rejected};
        !matches!(self.inner.kind, Rejected | ContextOverflow | PictureRefused | Refused)
    }

    /// Returns how long to wait before the next request, if the provider asked for a delay.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.inner.kind {
            ModelErrorKind::Timeout => "model request timed out",
            ModelErrorKind::Unreachable => "connection to the model provider failed",
            ModelErrorKind::RateLimited => "model provider is rate limiting or overloaded",
            ModelErrorKind::ServerError => "model provider returned a server error",
            ModelErrorKind::Rejected => "model provider rejected the request",
            ModelErrorKind::ContextOverflow => "model request exceeds the context of the model",
            ModelErrorKind::PictureRefused => "model provider refused a picture of the request",
            ModelErrorKind::Refused => "model refused to answer",
            ModelErrorKind::InvalidResponse => "model response cannot be used",
            ModelErrorKind::CircuitOpen => "requests to the model are paused after failures",
        })?;
        if let Some(detail) = self.inner.detail {
            write!(f, ": {detail}")?;
        }
        match (self.inner.status, &self.inner.code) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, {code})"),
            (Some(status), None) => write!(f, " (HTTP {status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl StdError for ModelError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_holds_codes_and_no_sentences() {
        let error = ModelError::new(ModelErrorKind::Rejected).with_status(401).with_code("invalid_api_key");
        assert_eq!(error.to_string(), "model provider rejected the request (HTTP 401, invalid_api_key)");
        assert!(!error.is_retryable());
        let error = ModelError::new(ModelErrorKind::RateLimited).with_code("Incorrect key sk-123 given");
        assert_eq!(error.to_string(), "model provider is rate limiting or overloaded", "a sentence may quote anything");
        assert!(error.is_retryable());
    }
}
