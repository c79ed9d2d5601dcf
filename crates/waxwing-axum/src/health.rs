//! The health endpoints.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;
use waxwing_engine::HealthReason;

use crate::response;
use crate::webhook::Webhook;

/// Time for which the result of a check is used again, so that requests cannot load the store.
const MAX_AGE: Duration = Duration::from_secs(1);

struct Health {
    webhooks: Vec<Webhook>,
    last: Mutex<Option<(Instant, Vec<HealthReason>)>>,
}

/// Creates the router of `GET /health/live`, `GET /health/ready` and its alias `GET /health`, for all webhooks of a server.
///
/// `/health/live` reports that the process responds. `/health/ready` reports whether the server can do its work: the status is 503 if it
/// is not ready, and 200 if it is ready or degraded. The body names the reasons by their stable codes, and says whether all webhooks check
/// signatures.
pub fn health_router(webhooks: Vec<Webhook>) -> Router {
    let health = Arc::new(Health { webhooks, last: Mutex::default() });
    Router::new()
        .route("/health/live", get(|| async { response::status("alive") }))
        .route("/health/ready", get(ready))
        .route("/health", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let reasons = health.reasons().await;
    let is_ready = reasons.iter().all(|reason| reason.is_degradation());
    let (code, status) = match (is_ready, reasons.is_empty()) {
        (true, true) => (StatusCode::OK, "ready"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let signatures = if health.webhooks.iter().all(Webhook::is_signed) { "checked" } else { "unchecked" };
    let reasons: Vec<_> = reasons.iter().map(|reason| reason.code()).collect();
    (code, Json(json!({ "status": status, "reasons": reasons, "signatures": signatures }))).into_response()
}

impl Health {
    /// The reasons of all engines, at most a second old. Concurrent requests share one check.
    async fn reasons(&self) -> Vec<HealthReason> {
        let mut last = self.last.lock().await;
        if let Some((at, reasons)) = &*last
            && at.elapsed() < MAX_AGE
        {
            return reasons.clone();
        }
        let mut reasons = Vec::new();
        for webhook in &self.webhooks {
            reasons.extend(webhook.engine().health().await);
        }
        reasons.sort_unstable();
        reasons.dedup();
        *last = Some((Instant::now(), reasons.clone()));
        reasons
    }
}
