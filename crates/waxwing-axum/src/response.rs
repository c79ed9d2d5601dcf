//! JSON responses.

use std::any::Any;
use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error response: a status and `{"detail": ".."}`. The detail holds nothing about the cause; the log does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorResponse {
    status: StatusCode,
    detail: Cow<'static, str>,
}

impl ErrorResponse {
    pub(crate) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into() }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "detail": self.detail }))).into_response()
    }
}

/// Returns the response `{"status": ".."}` with status 200.
pub(crate) fn status(status: &'static str) -> Response {
    Json(json!({ "status": status })).into_response()
}

/// Returns the response to a request whose handler panicked.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("request handler panicked");
    ErrorResponse::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
}
