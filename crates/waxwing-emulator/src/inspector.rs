//! Endpoints for readers of the traffic with the server under test.
//!
//! They belong to the control API, and have the same access checks.

mod bot_events;
mod events;
mod exchanges;
mod files;
mod repetition;
mod request;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::local_access;
use crate::shared::Shared;

/// Maximum size of a request body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Returns the endpoints.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let page = Router::new().route("/inspector", get(files::index)).route("/page/inspector/{*path}", get(files::file));
    let endpoints = Router::new()
        .route("/control/requests", get(exchanges::requests).post(repetition::send_request))
        .route("/control/requests/{seq}/resend", post(repetition::resend_request))
        .route("/control/webhooks", get(exchanges::webhooks).post(repetition::send_webhook))
        .route("/control/webhooks/{seq}/resend", post(repetition::resend_webhook))
        .route("/control/bot-events", get(bot_events::list).post(bot_events::record))
        .route("/control/events", get(events::stream))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(local_access::require_same_origin));
    page.merge(endpoints).layer(middleware::from_fn_with_state(Arc::clone(shared), local_access::require_known_host))
}
