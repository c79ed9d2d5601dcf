//! genai's errors, in our words. Theirs hold the whole request and the whole answer, and go no further than this.

use std::time::{Duration, SystemTime};

use genai::webc;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{ModelError, ModelErrorKind};

pub(super) fn of(error: genai::Error) -> ModelError {
    match error {
        genai::Error::WebModelCall { webc_error, .. } | genai::Error::WebAdapterCall { webc_error, .. } => {
            web(webc_error)
        }
        genai::Error::HttpError { status, body, headers, .. } => answered(status.as_u16(), &body, &headers),
        genai::Error::ChatResponse { body, .. } => unreadable(&body),
        _ => ModelError::new(ModelErrorKind::Rejected).with_detail("the request cannot be written for this provider"),
    }
}

/// JSON that is no answer.
pub(super) fn unreadable(body: &Value) -> ModelError {
    code(ModelError::new(ModelErrorKind::InvalidResponse), body)
}

fn web(error: webc::Error) -> ModelError {
    match error {
        webc::Error::ResponseFailedStatus { status, body, headers } => answered(status.as_u16(), &body, &headers),
        webc::Error::Reqwest(error) => unreached(error),
        webc::Error::ResponseFailedNotJson { .. } => {
            ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is not JSON")
        }
        webc::Error::ResponseFailedInvalidJson { .. } => {
            ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is broken JSON")
        }
        webc::Error::JsonValueExt(_) => ModelError::new(ModelErrorKind::InvalidResponse),
    }
}

/// A request without an answer, or with a part of one.
pub(super) fn unreached(error: reqwest::Error) -> ModelError {
    let kind = if error.is_timeout() {
        ModelErrorKind::Timeout
    } else if error.is_builder() {
        ModelErrorKind::Rejected
    } else {
        ModelErrorKind::Unreachable
    };
    ModelError::new(kind).with_source(error.without_url())
}

/// An answer with a status that tells of a failure.
pub(super) fn answered(status: u16, body: &str, headers: &HeaderMap) -> ModelError {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let kind = match status {
        408 | 504 => ModelErrorKind::Timeout,
        // An account without money says so with the status for haste; waiting does not help it.
        429 if word(&body) == Some("insufficient_quota") => ModelErrorKind::Rejected,
        429 | 503 | 529 => ModelErrorKind::RateLimited,
        500.. => ModelErrorKind::ServerError,
        _ => ModelErrorKind::Rejected,
    };
    let error = code(ModelError::new(kind).with_status(status), &body);
    match retry_after(headers, SystemTime::now()) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

fn code(error: ModelError, body: &Value) -> ModelError {
    match word(body) {
        Some(word) => error.with_code(word),
        None => error,
    }
}

/// The provider's word for a failure: OpenAI's `code`, else Google's `status`, else the `type` that Anthropic gives.
fn word(body: &Value) -> Option<&str> {
    // Gemini wraps the errors of some calls in an array.
    let error = body.get("error").or_else(|| body.get(0)?.get("error"))?;
    ["code", "status", "type"].iter().find_map(|name| error.get(name)?.as_str())
}

/// How long to wait, by milliseconds, by seconds or by a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(wait) = text("retry-after-ms").and_then(|ms| ms.trim().parse().ok()).map(Duration::from_millis) {
        return Some(wait);
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
    fn check(status: u16, body: &str, expected: ModelErrorKind, words: &str) {
        let error = answered(status, body, &HeaderMap::new());
        assert_eq!((error.kind(), error.to_string().as_str()), (expected, words));
    }

    #[test]
    fn statuses() {
        use ModelErrorKind::{RateLimited, Rejected, ServerError, Timeout};
        let openai = r#"{"error":{"message":"psst","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        let rejected = "the model's provider did not take the request";
        check(400, openai, Rejected, &format!("{rejected} (HTTP 400, context_length_exceeded)"));
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
            "the model is busy (HTTP 429, RESOURCE_EXHAUSTED)",
        );
        check(
            529,
            r#"{"error":{"type":"overloaded_error"}}"#,
            RateLimited,
            "the model is busy (HTTP 529, overloaded_error)",
        );
        check(502, "<html>", ServerError, "the model's provider failed (HTTP 502)");
        check(504, "", Timeout, "the model did not answer in time (HTTP 504)");
        check(302, "", Rejected, &format!("{rejected} (HTTP 302)"));
    }

    #[track_caller]
    fn check_wait(name: &'static str, value: &str, expected: Option<u64>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        assert_eq!(retry_after(&headers, now), expected.map(Duration::from_millis), "{name}: {value}");
    }

    #[test]
    fn waits() {
        check_wait("retry-after-ms", "1500", Some(1500));
        check_wait("retry-after", "2", Some(2000));
        check_wait("retry-after", "0.5", Some(500));
        check_wait("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(7000));
        check_wait("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
        check_wait("retry-after", "-1", None);
        check_wait("retry-after", "soon", None);
    }
}
