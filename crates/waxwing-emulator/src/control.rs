//! Control API: the Rust API of the emulator as JSON over HTTP.
//!
//! The control API is for tests in any language. It serves requests from this machine only.

mod account;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::action::Action;
use crate::behavior::BehaviorChange;
use crate::clock::unix_millis;
use crate::fault::{Fault, FaultId};
use crate::operations::action_targets::too_many_faults;
use crate::operations::{actions, scenario};
use crate::rules::pace::Pace;
use crate::scenario::{Scenario, ScenarioError};
use crate::shared::Shared;
use crate::{duration_text, local_access, scheduler};

/// Maximum size of a request body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Maximum number of events in one response.
const MAX_EVENTS: usize = 1_000;

type ErrorResponse = (StatusCode, Json<Value>);
type ControlResponse = Result<Json<Value>, ErrorResponse>;

/// Returns the endpoints of the control API.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/control", get(overview))
        .route("/control/faults", get(faults).post(inject).delete(clear_faults))
        .route("/control/faults/{id}", delete(remove_fault))
        .route("/control/actions", post(perform))
        .route("/control/behavior", post(change_behavior))
        .route("/control/clock", post(advance))
        .route("/control/pace", post(set_pace))
        .route("/control/statuses", post(hold_statuses))
        .route("/control/scenario", post(start_scenario).delete(stop_scenario))
        .route("/control/timeline", get(timeline))
        .merge(account::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(local_access::require_same_origin))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), local_access::require_known_host))
}

fn bad_request(reason: impl Into<String>) -> ErrorResponse {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason.into() })))
}

/// Returns the body of a request, or the response to an invalid body.
fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, ErrorResponse> {
    body.map(|Json(body)| body)
        .map_err(|rejection| (rejection.status(), Json(json!({ "error": rejection.body_text() }))))
}

async fn overview(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let groups = world.groups.iter().map(|(id, group)| {
        let users: Vec<_> = group.participants.iter().map(|user| user.0).collect();
        json!({ "id": id, "subject": group.subject, "users": users })
    });
    Json(json!({
        "now": unix_millis(world.now()),
        "pace": Pace::of(&world.account.rate_limits).map(Pace::name),
        "seed": shared.settings.seed,
        "idle": world.is_idle(),
        "users": world.users.all().len(),
        "groups": groups.collect::<Vec<_>>(),
        "faults": world.runtime.faults.active().len(),
        "pending_steps": world.runtime.timers.scenario_steps(),
        "endpoints": [
            "GET /control/faults", "POST /control/faults", "DELETE /control/faults", "DELETE /control/faults/{id}",
            "POST /control/actions", "POST /control/behavior", "POST /control/clock", "POST /control/pace",
            "POST /control/statuses",
            "POST /control/scenario", "DELETE /control/scenario", "GET /control/timeline",
            "GET /control/flows", "GET /control/templates",
        ],
    }))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let faults = world.runtime.faults.active().iter().map(|active| {
        json!({
            "id": active.id.0,
            "fault": format!("{:?}", active.fault),
            "evaluated": active.evaluated,
            "triggered": active.triggered,
        })
    });
    Json(faults.collect())
}

async fn inject(State(shared): State<Arc<Shared>>, fault: Result<Json<Fault>, JsonRejection>) -> ControlResponse {
    let fault = body(fault)?;
    let id = shared.world().runtime.faults.inject(fault);
    let id = id.ok_or_else(|| bad_request(too_many_faults().to_string()))?;
    Ok(Json(json!({ "id": id.0 })))
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.world().runtime.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> StatusCode {
    let is_removed = shared.world().runtime.faults.remove(FaultId(id));
    if is_removed { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn perform(State(shared): State<Arc<Shared>>, action: Result<Json<Action>, JsonRejection>) -> ControlResponse {
    let action = body(action)?;
    let outcome = shared.change(|world| actions::perform(world, action));
    let outcome = outcome.map_err(|error| bad_request(error.to_string()))?;
    let (user, fault) = (outcome.user.map(|user| user.0), outcome.fault.map(|fault| fault.0));
    Ok(Json(json!({ "id": outcome.id, "user": user, "fault": fault })))
}

async fn change_behavior(
    State(shared): State<Arc<Shared>>,
    change: Result<Json<BehaviorChange>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let change = body(change)?;
    shared.change(|world| change.apply(&mut world.runtime.behavior));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    #[serde(deserialize_with = "duration_text::required")]
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
struct PaceRequest {
    pace: Pace,
}

/// Changes the rate limits.
async fn set_pace(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<PaceRequest>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let limits = body(request)?.pace.limits();
    shared.change(|world| world.account.rate_limits = limits);
    Ok(StatusCode::NO_CONTENT)
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
    let events = world.runtime.timeline.after(query.after).take(MAX_EVENTS);
    let events = events.map(|event| json!({ "seq": event.seq, "at": unix_millis(event.at), "event": event.kind }));
    Json(events.collect())
}
