//! Error of a request.

mod api;
mod classification;
mod codes;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use api::ApiError;
pub use codes::{ErrorCode, FailureScope, RetryAdvice};

/// HTTP status of a rate limit.
pub(crate) const TOO_MANY_REQUESTS: u16 = 429;

/// Error of a request.
///
/// `Display` and `Debug` of the error and of its [sources](StdError::source) contain no access token, recipient, message text or
/// URL query. Meta's texts can contain all of these; they are in the fields of [`ApiError`] only.
///
/// ```no_run
/// use waxwing_client::types::{OutboundMessage, Text, WaId};
/// use waxwing_client::{Client, RetryAdvice};
///
/// async fn send(client: &Client) {
///     let message = OutboundMessage::new(WaId::new("34600000000"), Text::new("hola"));
///     match client.send(&message).await {
///         Ok(sent) => println!("accepted as {}", sent.id.as_str()),
///         Err(error) if error.may_have_been_accepted() => println!("in doubt, wait for a status webhook: {error}"),
///         Err(error) => match error.retry_advice() {
///             RetryAdvice::Backoff => println!("retry later: {error}"),
///             RetryAdvice::Wait => println!("needs action of the business: {error}"),
///             RetryAdvice::Never => println!("give up: {error}"),
///         },
///     }
/// }
/// ```
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

/// Kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request or a setting is invalid. Nothing was sent.
    Invalid,
    /// The connection could not be made, broke, or exceeded a timeout.
    Transport,
    /// The response is not one of the Graph API, for example the error page of a proxy.
    Decode,
    /// The Graph API refused the request: see [`Error::api`].
    Api,
    /// The media file is larger than the limit.
    TooLarge,
    /// The URL of a media file is not on an allowed host.
    ForbiddenHost,
}

impl Error {
    /// Returns the kind of the error.
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

    /// Returns the error of the Graph API, if the Graph API refused the request.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.inner.cause {
            Cause::Api { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Explains the error to an operator: what Meta says, and what to do.
    ///
    /// Meta's words can contain a phone number or the text of the message, so do not write them to a log. `Display` leaves them out.
    pub fn explain(&self) -> String {
        let Some(error) = self.api() else {
            let cause = self.inner.source.as_ref().map(|source| format!(": {source}"));
            return format!("{self}{}", cause.unwrap_or_default());
        };
        let words = [Some(error.message.as_str()), error.details.as_deref()].into_iter().flatten();
        let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        let says = if words.is_empty() { "nothing".to_owned() } else { words.join(": ") };
        format!("Meta says: {says}\nCode {}: {}", error.code, error.for_operator())
    }

    /// Returns the HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.inner.cause {
            Cause::Api { error, .. } => Some(error.status),
            Cause::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether a retry of the same request can succeed.
    ///
    /// The advice does not consider duplicates. Before you retry a send, check
    /// [`may_have_been_accepted`](Self::may_have_been_accepted) as well.
    pub fn retry_advice(&self) -> RetryAdvice {
        match &self.inner.cause {
            Cause::Transport { .. } => RetryAdvice::Backoff,
            Cause::Api { error, .. } => classification::advice_for_api(error),
            Cause::Decode { status, .. } => classification::advice_for_status(*status),
            Cause::Invalid(_) | Cause::TooLarge { .. } | Cause::ForbiddenHost => RetryAdvice::Never,
        }
    }

    /// Returns true if [`retry_advice`](Self::retry_advice) is [`RetryAdvice::Backoff`].
    pub fn is_retryable(&self) -> bool {
        self.retry_advice() == RetryAdvice::Backoff
    }

    /// Returns the scope of the failure: which other requests would fail now.
    pub fn failure_scope(&self) -> FailureScope {
        match &self.inner.cause {
            Cause::Api { error, .. } => classification::scope_for_api(error),
            // An unreadable response with a success status came from the Graph API.
            Cause::Decode { status: 200..=299, .. }
            | Cause::Invalid(_)
            | Cause::TooLarge { .. }
            | Cause::ForbiddenHost => FailureScope::Message,
            // A rate limit without Meta's code: a proxy or the edge of Meta's network limits the caller.
            Cause::Decode { status: TOO_MANY_REQUESTS, .. } => FailureScope::Number,
            Cause::Transport { .. } | Cause::Decode { .. } => FailureScope::Service,
        }
    }

    /// Returns whether the text of a refused message may be sent in its place, such as the caption of a picture.
    ///
    /// The text would be refused as well if the reason is the recipient, the account or a template.
    pub fn allows_fallback(&self) -> bool {
        match &self.inner.cause {
            Cause::Api { error, .. } => ErrorCode::is_fallback_allowed(error.code),
            _ => self.failure_scope() == FailureScope::Message,
        }
    }

    /// Returns the time after which the request may be accepted: the value of the `Retry-After` header, or else Meta's estimate in the
    /// header `X-Business-Use-Case-Usage`.
    ///
    /// Meta does not document `Retry-After`, but proxies send it. Only the form in seconds is read, not the form with a date.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.inner.cause {
            Cause::Api { retry_after, .. } | Cause::Decode { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// Returns true unless the request certainly had no effect.
    ///
    /// The request had no effect if nothing was sent (invalid request, or failure of DNS, connection or TLS), or if the Graph API
    /// refused it, or if the status is 429: a rate limit applies before a request is executed. The request is in doubt if the
    /// connection broke or timed out after the request may have been written, or if the response is not one of the Graph API and has
    /// any other status.
    pub fn may_have_been_accepted(&self) -> bool {
        match self.inner.cause {
            Cause::Transport { written } => written,
            Cause::Decode { status, .. } => status != TOO_MANY_REQUESTS,
            Cause::Invalid(_) | Cause::Api { .. } | Cause::TooLarge { .. } | Cause::ForbiddenHost => false,
        }
    }

    /// Creates an error for a request that is not sent.
    pub(crate) fn invalid(problem: &'static str) -> Self {
        Self::new(Cause::Invalid(problem))
    }

    /// Creates an error for a failure of the connection.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        // reqwest reports everything up to the end of the TLS handshake as one step, the connect timeout included. After that step
        // it is unknown whether the request was written.
        let before = error.is_builder() || error.is_connect();
        Self::new(Cause::Transport { written: !before }).with_source(error.without_url())
    }

    /// Creates an error for a failed tower service. `taken` is whether the service had taken the request.
    #[cfg(feature = "tower")]
    pub(crate) fn service(error: Box<dyn StdError + Send + Sync>, taken: bool) -> Self {
        // A service over reqwest knows whether the request was written.
        match error.downcast::<reqwest::Error>() {
            Ok(error) => Self::transport(*error),
            Err(source) => {
                Self { inner: Box::new(Inner { cause: Cause::Transport { written: taken }, source: Some(source) }) }
            }
        }
    }

    /// Creates an error for a response that is not one of the Graph API.
    ///
    /// The error of the JSON parser is not the source, because it quotes the response.
    pub(crate) fn decode(status: u16, retry_after: Option<Duration>) -> Self {
        Self::new(Cause::Decode { status, retry_after })
    }

    /// Creates an error for a request that the Graph API refused.
    pub(crate) fn refused(error: ApiError, retry_after: Option<Duration>) -> Self {
        Self::new(Cause::Api { error, retry_after })
    }

    /// Creates an error for a media file without content.
    pub(crate) fn empty_file() -> Self {
        Self::invalid("media file is empty; upload a file with content")
    }

    /// Creates an error for a media file whose stream fails before its end.
    pub(crate) fn broken_stream(error: Box<dyn StdError + Send + Sync>) -> Self {
        let cause = Cause::Invalid("the stream of the media file has failed; the source names the cause");
        Self { inner: Box::new(Inner { cause, source: Some(error) }) }
    }

    /// Creates an error for a media file of more than `limit` bytes.
    pub(crate) fn too_large(limit: u64) -> Self {
        Self::new(Cause::TooLarge { limit })
    }

    /// Creates an error for a URL that must not get the token.
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
            Cause::Transport { written: false } => {
                f.write_str("connection to the graph api failed; check network, DNS and proxy")
            }
            Cause::Transport { written: true } => {
                f.write_str("connection failed before the response was complete; the request may have been accepted")
            }
            Cause::Decode { status, .. } => {
                write!(f, "response is not one of the graph api (HTTP {status}); check the base URL and proxies")
            }
            Cause::Api { error, .. } => write!(f, "{error}"),
            Cause::TooLarge { limit } => write!(f, "media file is larger than {limit} bytes; use a smaller file"),
            Cause::ForbiddenHost => f.write_str(
                "URL of the media file is not on an allowed host; add the host to the media hosts if you trust it",
            ),
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
    fn an_error_has_the_size_of_a_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn an_explanation_has_the_words_of_meta_and_the_advice() {
        let body = br#"{"error":{"message":"(#131047) Re-engagement message","code":131047,"error_data":{"details":"24 hours"}}}"#;
        let refused = Error::refused(ApiError::read(400, body).unwrap(), None);
        let advice = ErrorCode::find(131_047).unwrap().for_operator;
        let expected = format!("Meta says: (#131047) Re-engagement message: 24 hours\nCode 131047: {advice}");
        assert_eq!(refused.explain(), expected);
        assert_eq!(Error::invalid("the text is empty").explain(), "the text is empty");
        let unreadable = Error::invalid("the file cannot be read").with_source(std::io::Error::other("no permission"));
        assert_eq!(unreadable.explain(), "the file cannot be read: no permission");
        let unknown = Error::refused(ApiError::read(400, br#"{"error":{"code":9}}"#).unwrap(), None);
        assert_eq!(unknown.explain(), "Meta says: nothing\nCode 9: see Meta's list of error codes");
    }

    #[test]
    fn only_refusals_and_unsent_requests_are_certainly_not_accepted() {
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
        check(&Error::decode(429, None), ErrorKind::Decode, false, RetryAdvice::Backoff, FailureScope::Number);
        check(&Error::decode(200, None), ErrorKind::Decode, true, RetryAdvice::Never, FailureScope::Message);
        check(&Error::too_large(1), ErrorKind::TooLarge, false, RetryAdvice::Never, FailureScope::Message);
        check(&Error::forbidden_host(), ErrorKind::ForbiddenHost, false, RetryAdvice::Never, FailureScope::Message);
    }
}
