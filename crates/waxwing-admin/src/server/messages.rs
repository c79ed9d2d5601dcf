//! Endpoints for messages of other systems.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::error::AdminError;
use crate::message_request::MessageRequest;
use crate::operations::Operations;
use crate::views::outbox::OutboxDetailView;

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// Name of the header with the idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Description of the endpoints.
const OPENAPI: &str = include_str!("../openapi.json");

pub(crate) fn routes() -> Router<Operations> {
    Router::new()
        .route("/v1/messages", post(send).layer(DefaultBodyLimit::max(MAX_BODY)))
        .route("/v1/messages/{id}", get(show))
        .route("/v1/openapi.json", get(openapi))
}

async fn send(State(operations): State<Operations>, headers: HeaderMap, body: Bytes) -> Result<Response, AdminError> {
    let request: MessageRequest = serde_json::from_slice(&body)
        .map_err(|error| AdminError::Request(format!("the body is not a valid request: {error}")))?;
    let key = match headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str()) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => return Err(AdminError::Request("the header Idempotency-Key is not text".to_owned())),
    };
    let queued = operations.send(request, key).await?;
    let status = if queued.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(queued)).into_response())
}

async fn show(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<Json<OutboxDetailView>, AdminError> {
    operations.message(id).await.map(Json)
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
