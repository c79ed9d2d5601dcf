//! Endpoints for messages of other systems.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;

use crate::error::AdminError;
use crate::message_request::{EventRequest, MessageRequest};
use crate::operations::Operations;
use crate::views::outbox::OutboxDetailView;

/// Largest body of a request, in bytes.
pub(super) const MAX_BODY: usize = 256 * 1024;

/// Name of the header with the idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Description of the endpoints.
const OPENAPI: &str = include_str!("../openapi.json");

pub(crate) fn routes() -> Router<Operations> {
    Router::new()
        .route("/v1/messages", post(send).layer(DefaultBodyLimit::max(MAX_BODY)))
        .route("/v1/messages/{id}", get(show))
        .route("/v1/conversations/{key}/events", post(report_event).layer(DefaultBodyLimit::max(MAX_BODY)))
        .route("/v1/openapi.json", get(openapi))
}

async fn send(State(operations): State<Operations>, headers: HeaderMap, body: Bytes) -> Result<Response, AdminError> {
    let mut request: MessageRequest = parse(&body)?;
    let key = idempotency_key(&headers)?;
    if let Some(at) = request.send_at.take() {
        let scheduled = operations.schedule(request, &at, key).await?;
        let status = if scheduled.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
        return Ok((status, Json(scheduled)).into_response());
    }
    let queued = operations.send(request, key).await?;
    let status = if queued.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(queued)).into_response())
}

async fn report_event(
    State(operations): State<Operations>,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AdminError> {
    let request: EventRequest = parse(&body)?;
    let recorded = operations.report_event(conversation, request, idempotency_key(&headers)?).await?;
    let status = if recorded.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(recorded)).into_response())
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(body)
        .map_err(|error| AdminError::Request(format!("the body is not a valid request: {error}")))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AdminError> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str().map(str::to_owned)).transpose();
    key.map_err(|_| AdminError::Request("the header Idempotency-Key is not text".to_owned()))
}

async fn show(State(operations): State<Operations>, Path(id): Path<i64>) -> Result<Json<OutboxDetailView>, AdminError> {
    operations.message(id).await.map(Json)
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
