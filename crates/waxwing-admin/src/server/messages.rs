//! Endpoints for messages of other systems.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::message_body::{self, MAX_FORM, MAX_JSON, MessageBody};
use super::parameters::PathOf;
use crate::error::AdminError;
use crate::message_request::EventRequest;
use crate::operations::Operations;
use crate::views::outbox::OutboxDetailView;

/// Name of the header with the idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Description of the endpoints.
const OPENAPI: &str = include_str!("../openapi.json");

pub(crate) fn routes() -> Router<Operations> {
    Router::new()
        // JSON and files have limits of their own.
        .route("/v1/messages", post(send).layer(DefaultBodyLimit::max(MAX_FORM)))
        .route("/v1/messages/{id}", get(show))
        .route("/v1/conversations/{key}/events", post(report_event))
        .route("/v1/openapi.json", get(openapi))
}

async fn send(State(operations): State<Operations>, request: Request) -> Result<Response, AdminError> {
    let key = idempotency_key(request.headers())?;
    let MessageBody { mut request, file, _permit } = message_body::read(request).await?;
    if let Some(at) = request.send_at.take() {
        if file.is_some() {
            return Err(AdminError::Request("a scheduled message takes no file; name it by `link` or `id`".to_owned()));
        }
        let scheduled = operations.schedule(request, &at, key).await?;
        let status = if scheduled.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
        return Ok((status, Json(scheduled)).into_response());
    }
    let queued = operations.send(request, key, file).await?;
    let status = if queued.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(queued)).into_response())
}

async fn report_event(
    State(operations): State<Operations>,
    PathOf(conversation): PathOf<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AdminError> {
    let request: EventRequest = message_body::parse(&message_body::json(body, MAX_JSON).await?)?;
    let recorded = operations.report_event(conversation, request, idempotency_key(&headers)?).await?;
    let status = if recorded.repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(recorded)).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AdminError> {
    let key = headers.get(IDEMPOTENCY_KEY).map(|key| key.to_str().map(str::to_owned)).transpose();
    key.map_err(|_| AdminError::Request("the header Idempotency-Key is not text".to_owned()))
}

async fn show(
    State(operations): State<Operations>,
    PathOf(id): PathOf<i64>,
) -> Result<Json<OutboxDetailView>, AdminError> {
    operations.message(id).await.map(Json)
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
