//! Control API: the Rust API of the emulator as JSON over HTTP.
//!
//! The control API is for tests in any language. It serves requests from this machine only.

mod account;
mod faults;
mod overview;
mod platform;
mod state;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::action::Action;
use crate::clock::unix_millis;
use crate::operations::{actions, scenario};
use crate::scenario::{Scenario, ScenarioError};
use crate::shared::{Shared, TooManyWaiting};
use crate::{duration_text, local_access, scheduler};

/// Maximum size of a request body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Maximum size of an action, in bytes. The largest file of a user fits, in Base64.
const MAX_ACTION: usize = 140 * 1024 * 1024;
/// Maximum number of events in one response.
const MAX_EVENTS: usize = 1_000;

/// Error response with a plain text.
type ErrorResponse = (StatusCode, Json<Value>);
type ControlResponse = Result<Json<Value>, ErrorResponse>;

/// Returns the endpoints of the control API.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/control", get(overview::overview))
        .route("/control/health", get(overview::health))
        .route("/control/openapi.json", get(overview::openapi))
        .route("/control/reset", post(state::reset))
        .route("/control/faults", get(faults::list).post(faults::inject).delete(faults::clear))
        .route("/control/faults/{id}", delete(faults::remove))
        .route("/control/behavior", get(platform::behavior).post(platform::change_behavior))
        .route("/control/clock", post(advance))
        .route("/control/pace", post(platform::set_pace))
        .route("/control/rules", get(platform::rules).post(platform::change_rules))
        .route("/control/statuses", post(hold_statuses))
        .route("/control/scenario", post(start_scenario).delete(stop_scenario))
        .route("/control/timeline", get(timeline))
        .route("/control/webhook", post(webhook::set))
        .merge(account::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route("/control/actions", post(perform).layer(DefaultBodyLimit::max(MAX_ACTION)))
        .route("/control/state", state::routes())
        .layer(middleware::from_fn(local_access::require_same_origin))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), local_access::require_known_host))
}

fn bad_request(reason: impl Into<String>) -> ErrorResponse {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason.into() })))
}

fn too_many_waiting(error: TooManyWaiting) -> ErrorResponse {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": error.to_string() })))
}

/// Returns the body of a request, or the response to an invalid body.
fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, ErrorResponse> {
    body.map(|Json(body)| body)
        .map_err(|rejection| (rejection.status(), Json(json!({ "error": rejection.body_text() }))))
}

async fn perform(State(shared): State<Arc<Shared>>, action: Result<Json<Action>, JsonRejection>) -> ControlResponse {
    let action = body(action)?;
    let outcome = shared.change(|world| actions::perform(world, action));
    let outcome = outcome.map_err(|error| bad_request(error.to_string()))?;
    Ok(Json(json!(outcome)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    #[serde(deserialize_with = "duration_text::deserialize")]
    advance: Duration,
}

async fn advance(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<AdvanceRequest>, JsonRejection>,
) -> ControlResponse {
    scheduler::advance(&shared, body(request)?.advance);
    Ok(Json(json!({ "now": unix_millis(shared.clock.now()) })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusesRequest {
    held: bool,
}

/// Holds or releases status webhooks.
async fn hold_statuses(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<StatusesRequest>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let are_held = body(request)?.held;
    shared.callbacks.send_modify(|callbacks| callbacks.are_statuses_held = are_held);
    Ok(StatusCode::NO_CONTENT)
}

/// Starts the scenario in the request body, which is TOML.
async fn start_scenario(State(shared): State<Arc<Shared>>, text: String) -> ControlResponse {
    let scenario: Scenario = text.parse().map_err(|error: ScenarioError| bad_request(error.to_string()))?;
    let started = shared.change(|world| scenario::start(world, &scenario));
    started.map_err(|error| bad_request(error.to_string()))?;
    Ok(Json(json!({ "steps": scenario.steps().count(), "faults": scenario.faults.len() })))
}

async fn stop_scenario(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.change(scenario::stop);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct TimelineQuery {
    /// Sequence number of the last known event.
    #[serde(default)]
    after: u64,
}

async fn timeline(State(shared): State<Arc<Shared>>, Query(query): Query<TimelineQuery>) -> Json<Value> {
    let world = shared.world();
    Json(world.runtime.timeline.after(query.after).take(MAX_EVENTS).map(|event| json!(event)).collect())
}
