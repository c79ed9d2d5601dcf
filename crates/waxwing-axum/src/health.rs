//! `GET /health`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::webhook::Webhook;

/// Creates the router of `GET /health` for all webhooks of a server.
///
/// The status is 200 if the store of every webhook responds, and 503 otherwise. The body also says whether all webhooks check signatures.
pub fn health_router(webhooks: Vec<Webhook>) -> Router {
    Router::new().route("/health", get(health)).with_state(webhooks)
}

async fn health(State(webhooks): State<Vec<Webhook>>) -> Response {
    let mut available = true;
    for webhook in &webhooks {
        available &= webhook.engine().check_store().await.is_ok();
    }
    let signatures = if webhooks.iter().all(Webhook::is_signed) { "checked" } else { "unchecked" };
    let (code, status, store) = if available {
        (StatusCode::OK, "ok", "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "silent")
    };
    (code, Json(json!({ "status": status, "store": store, "signatures": signatures }))).into_response()
}
