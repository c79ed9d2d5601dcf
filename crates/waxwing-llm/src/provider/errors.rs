//! Conversion of provider errors into [`ModelError`].
//!
//! Errors of genai hold the complete request and response, so they are not kept as a source.

use std::time::{Duration, SystemTime};

use genai::webc;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::error_body::error_of;
use super::{overflow, refused_picture};
use crate::{ModelError, ModelErrorKind};

pub(super) fn from_genai(error: genai::Error) -> ModelError {
    match error {
        genai::Error::WebModelCall { webc_error, .. } | genai::Error::WebAdapterCall { webc_error, .. } => {
            from_web(webc_error)
        }
        genai::Error::HttpError { status, body, headers, .. } => from_status(status.as_u16(), &body, &headers),
        genai::Error::ChatResponse { body, .. } => unreadable_json(&body),
        _ => ModelError::new(ModelErrorKind::Rejected).with_detail("it cannot be encoded for this provider"),
    }
}

/// Returns the error for a JSON body that is not a response.
pub(super) fn unreadable_json(body: &Value) -> ModelError {
    with_code(ModelError::new(ModelErrorKind::InvalidResponse), body)
}

fn from_web(error: webc::Error) -> ModelError {
    match error {
        webc::Error::ResponseFailedStatus { status, body, headers } => from_status(status.as_u16(), &body, &headers),
        webc::Error::Reqwest(error) => from_reqwest(error),
        webc::Error::ResponseFailedNotJson { .. } => {
            ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is not JSON")
        }
        webc::Error::ResponseFailedInvalidJson { .. } => {
            ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is invalid JSON")
        }
        webc::Error::JsonValueExt(_) => ModelError::new(ModelErrorKind::InvalidResponse),
    }
}

/// Returns the error for a request without a complete response.
pub(super) fn from_reqwest(error: reqwest::Error) -> ModelError {
    let kind = if error.is_timeout() {
        ModelErrorKind::Timeout
    } else if error.is_builder() {
        ModelErrorKind::Rejected
    } else {
        ModelErrorKind::Unreachable
    };
    ModelError::new(kind).with_source(error.without_url())
}

/// Returns the error for a response whose HTTP status is not a success.
pub(super) fn from_status(status: u16, body: &str, headers: &HeaderMap) -> ModelError {
    let overflow = overflow::recognize(status, body);
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let kind = match status {
        _ if overflow.is_some() => ModelErrorKind::ContextOverflow,
        _ if refused_picture::recognize(status, &body) => ModelErrorKind::PictureRefused,
        408 | 504 => ModelErrorKind::Timeout,
        // OpenAI reports an exhausted budget as 429. A retry does not help.
        429 if error_code(&body) == Some("insufficient_quota") => ModelErrorKind::Rejected,
        429 | 503 | 529 => ModelErrorKind::RateLimited,
        500.. => ModelErrorKind::ServerError,
        _ => ModelErrorKind::Rejected,
    };
    let fitting_share = overflow.and_then(|overflow| overflow.fitting_share);
    let error = with_code(ModelError::new(kind).with_status(status), &body).with_fitting_share(fitting_share);
    match retry_after(headers, SystemTime::now()) {
        Some(delay) => error.with_retry_after(delay),
        None => error,
    }
}

fn with_code(error: ModelError, body: &Value) -> ModelError {
    match error_code(body) {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// Returns the error code in a body: `code` (OpenAI), `status` (Google) or `type` (Anthropic).
fn error_code(body: &Value) -> Option<&str> {
    let error = error_of(body)?;
    ["code", "status", "type"].iter().find_map(|name| error.get(name)?.as_str())
}

/// Returns the delay that the headers ask for: `retry-after-ms`, or `retry-after` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(delay) = text("retry-after-ms").and_then(|ms| ms.trim().parse().ok()).map(Duration::from_millis) {
        return Some(delay);
    }
    let text = text("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(SystemTime::from(date).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: ModelErrorKind, message: &str) {
        let error = from_status(status, body, &HeaderMap::new());
        assert_eq!((error.kind(), error.to_string().as_str()), (expected, message));
    }

    #[test]
    fn statuses_and_codes_become_kinds() {
        use ModelErrorKind::{ContextOverflow, RateLimited, Rejected, ServerError, Timeout};
        let openai = r#"{"error":{"message":"psst","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        let rejected = "model provider rejected the request";
        let limited = "model provider is rate limiting or overloaded";
        let overflow = "model request exceeds the context of the model";
        check(400, openai, ContextOverflow, &format!("{overflow} (HTTP 400, context_length_exceeded)"));
        check(
            429,
            r#"{"error":{"code":"insufficient_quota"}}"#,
            Rejected,
            &format!("{rejected} (HTTP 429, insufficient_quota)"),
        );
        check(
            429,
            r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}]"#,
            RateLimited,
            &format!("{limited} (HTTP 429, RESOURCE_EXHAUSTED)"),
        );
        check(
            529,
            r#"{"error":{"type":"overloaded_error"}}"#,
            RateLimited,
            &format!("{limited} (HTTP 529, overloaded_error)"),
        );
        check(502, "<html>", ServerError, "model provider returned a server error (HTTP 502)");
        check(504, "", Timeout, "model request timed out (HTTP 504)");
        check(302, "", Rejected, &format!("{rejected} (HTTP 302)"));
    }

    #[track_caller]
    fn check_delay(name: &'static str, value: &str, expected: Option<u64>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        assert_eq!(retry_after(&headers, now), expected.map(Duration::from_millis), "{name}: {value}");
    }

    #[test]
    fn headers_ask_for_a_delay() {
        check_delay("retry-after-ms", "1500", Some(1500));
        check_delay("retry-after", "2", Some(2000));
        check_delay("retry-after", "0.5", Some(500));
        check_delay("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(7000));
        check_delay("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
        check_delay("retry-after", "-1", None);
        check_delay("retry-after", "soon", None);
    }
}
