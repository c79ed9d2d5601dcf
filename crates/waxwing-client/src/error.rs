//! Errors of the client.

mod api;
mod classification;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use api::ApiError;
pub use classification::{FailureScope, RetryAdvice};

/// A call that failed.
///
/// Neither `Display` nor `Debug`, nor those of the [sources](StdError::source), show the access token, a recipient, the text of a
/// message or the query of an address. Meta's own words, which may name any of these, are in [`ApiError`]'s fields only.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    cause: Cause,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug)]
enum Cause {
    Invalid(&'static str),
    Transport { written: bool },
    Decode { status: u16, retry_after: Option<Duration> },
    Api { error: ApiError, retry_after: Option<Duration> },
    TooLarge { limit: u64 },
    ForbiddenHost,
}

/// Kind of failure of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request or a setting cannot be right; nothing was sent.
    Invalid,
    /// The connection could not be made, broke, or took too long.
    Transport,
    /// The response is not from the Graph API: a proxy's error page, for example.
    Decode,
    /// The Graph API refused the request and says why: see [`Error::api`].
    Api,
    /// The medium is larger than allowed.
    TooLarge,
    /// The address of a medium is not on one of the hosts that may see the access token.
    ForbiddenHost,
}

impl Error {
    /// Returns the kind of failure.
    pub fn kind(&self) -> ErrorKind {
        match &self.inner.cause {
            Cause::Invalid(_) => ErrorKind::Invalid,
            Cause::Transport { .. } => ErrorKind::Transport,
            Cause::Decode { .. } => ErrorKind::Decode,
            Cause::Api { .. } => ErrorKind::Api,
            Cause::TooLarge { .. } => ErrorKind::TooLarge,
            Cause::ForbiddenHost => ErrorKind::ForbiddenHost,
        }
    }

    /// Returns the error of the Graph API, if it refused the request.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.inner.cause {
            Cause::Api { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.inner.cause {
            Cause::Api { error, .. } => Some(error.status),
            Cause::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the same request could do better at another time.
    ///
    /// This says nothing of the danger in repeating it: before a *send* is repeated, ask
    /// [`may_have_been_accepted`](Self::may_have_been_accepted) as well.
    pub fn retry_advice(&self) -> RetryAdvice {
        match &self.inner.cause {
            Cause::Transport { .. } => RetryAdvice::Backoff,
            Cause::Api { error, .. } => classification::advice_for_api(error),
            Cause::Decode { status, .. } => classification::advice_for_status(*status),
            Cause::Invalid(_) | Cause::TooLarge { .. } | Cause::ForbiddenHost => RetryAdvice::Never,
        }
    }

    /// True if [`retry_advice`](Self::retry_advice) is [`RetryAdvice::Backoff`].
    pub fn is_retryable(&self) -> bool {
        self.retry_advice() == RetryAdvice::Backoff
    }

    /// Returns the scope of the failure. Other requests in this scope would fail now, too.
    pub fn failure_scope(&self) -> FailureScope {
        match &self.inner.cause {
            Cause::Api { error, .. } => classification::scope_for_api(error),
            // An answer of success that cannot be read came from Graph all the same.
            Cause::Decode { status: 200..=299, .. }
            | Cause::Invalid(_)
            | Cause::TooLarge { .. }
            | Cause::ForbiddenHost => FailureScope::Message,
            Cause::Transport { .. } | Cause::Decode { .. } => FailureScope::Service,
        }
    }

    /// How long the answer asks to wait. Meta documents no such header; proxies and future versions may send it.
    ///
    /// Only the form in seconds is read, not the one with a date.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.inner.cause {
            Cause::Api { retry_after, .. } | Cause::Decode { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// True unless it is certain that the request had no effect.
    ///
    /// It is certain if nothing was sent (the request is invalid; the name, the connection or TLS failed), and if the Graph API refused
    /// the request in its own words. It is in doubt if the connection broke or time ran out once the request might have been written,
    /// and if the answer, whatever its status, is not one of the Graph API.
    pub fn may_have_been_accepted(&self) -> bool {
        match self.inner.cause {
            Cause::Transport { written } => written,
            Cause::Decode { .. } => true,
            Cause::Invalid(_) | Cause::Api { .. } | Cause::TooLarge { .. } | Cause::ForbiddenHost => false,
        }
    }

    /// Nothing is sent because of `problem`.
    pub(crate) fn invalid(problem: &'static str) -> Self {
        Self::new(Cause::Invalid(problem))
    }

    /// The exchange failed below HTTP.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        // Everything up to the end of the TLS handshake is one step to reqwest, the time limit for connecting included. Of any later
        // failure nobody knows whether the request had gone out.
        let before = error.is_builder() || error.is_connect();
        Self::new(Cause::Transport { written: !before }).with_source(error.without_url())
    }

    /// A service that stands for the network failed; `taken` tells whether it had taken the request.
    #[cfg(feature = "tower")]
    pub(crate) fn service(error: Box<dyn StdError + Send + Sync>, taken: bool) -> Self {
        // A service over reqwest knows better.
        match error.downcast::<reqwest::Error>() {
            Ok(error) => Self::transport(*error),
            Err(source) => {
                Self { inner: Box::new(Inner { cause: Cause::Transport { written: taken }, source: Some(source) }) }
            }
        }
    }

    /// The answer is not the Graph API's.
    ///
    /// The parser's error is left out on purpose: it quotes what it stumbled over.
    pub(crate) fn decode(status: u16, retry_after: Option<Duration>) -> Self {
        Self::new(Cause::Decode { status, retry_after })
    }

    /// The Graph API refused the request.
    pub(crate) fn refused(error: ApiError, retry_after: Option<Duration>) -> Self {
        Self::new(Cause::Api { error, retry_after })
    }

    /// A medium is larger than `limit` bytes.
    pub(crate) fn too_large(limit: u64) -> Self {
        Self::new(Cause::TooLarge { limit })
    }

    /// The token may not go there.
    pub(crate) fn forbidden_host() -> Self {
        Self::new(Cause::ForbiddenHost)
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    fn new(cause: Cause) -> Self {
        Self { inner: Box::new(Inner { cause, source: None }) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.cause {
            Cause::Invalid(problem) => f.write_str(problem),
            Cause::Transport { written: false } => f.write_str("no connection could be made"),
            Cause::Transport { written: true } => f.write_str("the connection failed before the answer was complete"),
            Cause::Decode { status, .. } => write!(f, "the answer is not one of the graph api (HTTP {status})"),
            Cause::Api { error, .. } => write!(f, "{error}"),
            Cause::TooLarge { limit } => write!(f, "the medium is larger than {limit} bytes"),
            Cause::ForbiddenHost => f.write_str("the address of the medium is not on an allowed host"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn only_answers_of_the_graph_api_and_unsent_requests_are_certain() {
        #[track_caller]
        fn check(error: &Error, kind: ErrorKind, accepted: bool, retry: RetryAdvice, scope: FailureScope) {
            assert_eq!((error.kind(), error.may_have_been_accepted(), error.retry_advice()), (kind, accepted, retry));
            assert_eq!(error.failure_scope(), scope);
            assert_eq!(error.is_retryable(), retry == RetryAdvice::Backoff);
        }
        let refused = || ApiError::read(503, br#"{"error":{"code":2}}"#).unwrap();
        check(&Error::invalid("x"), ErrorKind::Invalid, false, RetryAdvice::Never, FailureScope::Message);
        check(
            &Error::new(Cause::Transport { written: false }),
            ErrorKind::Transport,
            false,
            RetryAdvice::Backoff,
            FailureScope::Service,
        );
        check(
            &Error::new(Cause::Transport { written: true }),
            ErrorKind::Transport,
            true,
            RetryAdvice::Backoff,
            FailureScope::Service,
        );
        check(&Error::refused(refused(), None), ErrorKind::Api, false, RetryAdvice::Backoff, FailureScope::Service);
        check(&Error::decode(502, None), ErrorKind::Decode, true, RetryAdvice::Backoff, FailureScope::Service);
        check(&Error::decode(200, None), ErrorKind::Decode, true, RetryAdvice::Never, FailureScope::Message);
        check(&Error::too_large(1), ErrorKind::TooLarge, false, RetryAdvice::Never, FailureScope::Message);
        check(&Error::forbidden_host(), ErrorKind::ForbiddenHost, false, RetryAdvice::Never, FailureScope::Message);
    }
}
