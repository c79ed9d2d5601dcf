//! Parts of requests: waiting, errors.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::SemaphorePermit;

use crate::shared::Shared;

/// Maximum time for which a request waits.
pub(super) const MAX_WAIT: Duration = Duration::from_mins(1);

pub(super) type ErrorResponse = (StatusCode, Json<Value>);

pub(super) fn error(status: StatusCode, text: impl Into<String>) -> ErrorResponse {
    (status, Json(json!({ "error": text.into() })))
}

/// Parses a time to wait: whole seconds, or a text such as `500ms`. A longer time than the maximum becomes the maximum.
pub(super) fn wait_time(text: Option<&str>) -> Result<Duration, ErrorResponse> {
    let Some(text) = text else { return Ok(Duration::ZERO) };
    let parsed = text.parse().map(Duration::from_secs).or_else(|_| humantime::parse_duration(text));
    let wait = parsed.map_err(|_| error(StatusCode::BAD_REQUEST, "wait is not a time, such as 10s or 500ms"))?;
    Ok(wait.min(MAX_WAIT))
}

/// Returns the right to wait.
pub(super) fn permit(shared: &Shared) -> Result<SemaphorePermit<'_>, ErrorResponse> {
    let too_many = || error(StatusCode::SERVICE_UNAVAILABLE, "too many requests are waiting; close some of them");
    shared.logs.readers.try_acquire().map_err(|_| too_many())
}

/// Waits for a result until the time is over or the emulator stops.
pub(super) async fn wait_up_to<T>(shared: &Shared, wait: Duration, result: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        result = result => Some(result),
        () = tokio::time::sleep(wait) => None,
        () = shared.stopped.cancelled() => None,
    }
}
