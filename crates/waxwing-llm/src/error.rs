//! How a call of a model fails.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// A call of a model that brought no usable answer.
///
/// Neither its words nor its [source](StdError::source) show a key, an address with a query, or anything of the conversation.
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
    detail: Option<&'static str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What sort of failure a [`ModelError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// No answer came in time.
    Timeout,
    /// The connection could not be made, or broke.
    Unreachable,
    /// The provider has no capacity, or this account has used its share for now (HTTP 429, 503, 529).
    RateLimited,
    /// The provider failed (another HTTP 5xx).
    ServerError,
    /// The provider will not take the request: a wrong key, an unknown model, too long a conversation (HTTP 4xx).
    Rejected,
    /// The model or its provider will not answer that.
    Refused,
    /// What came back is no answer, or not of the shape that was asked for.
    InvalidResponse,
}

impl ModelError {
    /// A failure of this kind.
    pub fn new(kind: ModelErrorKind) -> Self {
        Self {
            inner: Box::new(Inner { kind, status: None, code: None, retry_after: None, detail: None, source: None }),
        }
    }

    /// Sets the HTTP status that the provider answered with.
    pub fn with_status(mut self, status: u16) -> Self {
        self.inner.status = Some(status);
        self
    }

    /// Sets the provider's word for the failure, such as `invalid_api_key`. Kept only if it looks like a word of a protocol.
    pub fn with_code(mut self, code: &str) -> Self {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let usable = !code.is_empty() && code.len() <= 64 && code.chars().all(is_word);
        self.inner.code = usable.then(|| code.to_owned());
        self
    }

    /// Sets how long the provider wants to be left alone.
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.inner.retry_after = Some(retry_after);
        self
    }

    /// Keeps what caused it. It is logged for debugging: it must not show a key or the conversation.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Says more, in words of ours.
    pub(crate) fn with_detail(mut self, detail: &'static str) -> Self {
        self.inner.detail = Some(detail);
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> ModelErrorKind {
        self.inner.kind
    }

    /// The HTTP status that the provider answered with.
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The provider's word for the failure.
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// True if the same call may succeed later. Another model may do better in any case.
    pub fn is_retryable(&self) -> bool {
        !matches!(self.inner.kind, ModelErrorKind::Rejected | ModelErrorKind::Refused)
    }

    /// How long the provider wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.inner.kind {
            ModelErrorKind::Timeout => "the model did not answer in time",
            ModelErrorKind::Unreachable => "the model cannot be reached",
            ModelErrorKind::RateLimited => "the model is busy",
            ModelErrorKind::ServerError => "the model's provider failed",
            ModelErrorKind::Rejected => "the model's provider did not take the request",
            ModelErrorKind::Refused => "the model refused to answer",
            ModelErrorKind::InvalidResponse => "the model's answer cannot be used",
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
    fn its_words() {
        let error = ModelError::new(ModelErrorKind::Rejected).with_status(401).with_code("invalid_api_key");
        assert_eq!(error.to_string(), "the model's provider did not take the request (HTTP 401, invalid_api_key)");
        assert!(!error.is_retryable());
        let error = ModelError::new(ModelErrorKind::RateLimited).with_code("Incorrect key sk-123 given");
        assert_eq!(error.to_string(), "the model is busy", "a sentence may quote anything");
        assert!(error.is_retryable());
    }
}
