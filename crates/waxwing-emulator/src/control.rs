//! The control API: what the Rust API can do to the emulated world, for servers and tests in any language.
//!
//! It is JSON over HTTP under `/control`, for this machine only, and guarded as the phone page is: no other site can reach it through
//! a browser.

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
use crate::app::App;
use crate::clock::unix_millis;
use crate::conduct::BehaviorChange;
use crate::fault::{Fault, FaultId};
use crate::phone::guard;
use crate::scenario::Scenario;
use crate::span;
use crate::world::World;

/// Largest body, in bytes.
const BODY: usize = 1024 * 1024;
/// Most events in one answer.
const EVENTS: usize = 1_000;

/// An answer, or why there is none.
type ControlResponse = Result<Json<Value>, (StatusCode, Json<Value>)>;

/// The endpoints.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/control", get(overview))
        .route("/control/faults", get(faults).post(inject).delete(lift_all))
        .route("/control/faults/{id}", delete(lift))
        .route("/control/actions", post(perform))
        .route("/control/behavior", post(behavior))
        .route("/control/clock", post(advance))
        .route("/control/statuses", post(statuses))
        .route("/control/scenario", post(play).delete(stop))
        .route("/control/timeline", get(timeline))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(guard::same_origin))
        .layer(middleware::from_fn_with_state(Arc::clone(app), guard::known_host))
}

fn refuse(why: impl Into<String>) -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why.into() })))
}

/// The body of a request, or what is wrong with it.
fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, (StatusCode, Json<Value>)> {
    body.map(|Json(body)| body)
        .map_err(|rejection| (rejection.status(), Json(json!({ "error": rejection.body_text() }))))
}

async fn overview(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.look();
    let groups = world.groups.iter().map(|(id, group)| {
        let users: Vec<_> = group.participants.iter().map(|user| user.0).collect();
        json!({ "id": id, "subject": group.subject, "users": users })
    });
    Json(json!({
        "now": unix_millis(world.now()),
        "seed": app.settings.seed,
        "idle": world.is_idle(),
        "users": world.people().len(),
        "groups": groups.collect::<Vec<_>>(),
        "faults": world.faults.in_force().len(),
        "pending_steps": world.agenda.steps(),
        "endpoints": [
            "GET /control/faults", "POST /control/faults", "DELETE /control/faults", "DELETE /control/faults/{id}",
            "POST /control/actions", "POST /control/behavior", "POST /control/clock", "POST /control/statuses",
            "POST /control/scenario", "DELETE /control/scenario", "GET /control/timeline",
        ],
    }))
}

async fn faults(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.look();
    let faults = world.faults.in_force().iter().map(|armed| {
        json!({ "id": armed.id.0, "fault": format!("{:?}", armed.fault), "evaluated": armed.asked, "triggered": armed.struck })
    });
    Json(faults.collect())
}

async fn inject(State(app): State<Arc<App>>, fault: Result<Json<Fault>, JsonRejection>) -> ControlResponse {
    let id = app.look().faults.inject(body(fault)?).ok_or_else(|| refuse("there are too many faults"))?;
    Ok(Json(json!({ "id": id.0 })))
}

async fn lift_all(State(app): State<Arc<App>>) -> StatusCode {
    app.look().faults.lift_all();
    StatusCode::NO_CONTENT
}

async fn lift(State(app): State<Arc<App>>, Path(id): Path<u64>) -> StatusCode {
    let lifted = app.look().faults.lift(FaultId(id));
    if lifted { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn perform(State(app): State<Arc<App>>, action: Result<Json<Action>, JsonRejection>) -> ControlResponse {
    let action = body(action)?;
    let done = app.change(|world| world.perform(action)).map_err(|error| refuse(error.to_string()))?;
    let (user, fault) = (done.user.map(|user| user.0), done.fault.map(|fault| fault.0));
    Ok(Json(json!({ "id": done.id, "user": user, "fault": fault })))
}

async fn behavior(
    State(app): State<Arc<App>>,
    change: Result<Json<BehaviorChange>, JsonRejection>,
) -> Result<StatusCode, (StatusCode, Json<Value>)> {
    let change = body(change)?;
    app.change(|world| change.apply(&mut world.behavior));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(deserialize_with = "span::read")]
    advance: Duration,
}

async fn advance(State(app): State<Arc<App>>, request: Result<Json<Advance>, JsonRejection>) -> ControlResponse {
    app.advance(body(request)?.advance);
    Ok(Json(json!({ "now": unix_millis(app.clock.now()) })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statuses {
    held: bool,
}

/// Keeps status webhooks back, or lets them go.
async fn statuses(
    State(app): State<Arc<App>>,
    request: Result<Json<Statuses>, JsonRejection>,
) -> Result<StatusCode, (StatusCode, Json<Value>)> {
    let held = body(request)?.held;
    app.gate.send_modify(|gate| gate.statuses_held = held);
    Ok(StatusCode::NO_CONTENT)
}

/// Plays a scenario: the body is TOML.
async fn play(State(app): State<Arc<App>>, text: String) -> ControlResponse {
    let scenario: Scenario = text.parse().map_err(|error: crate::ScenarioError| refuse(error.to_string()))?;
    app.change(|world| world.play_scenario(&scenario)).map_err(|error| refuse(error.to_string()))?;
    Ok(Json(json!({ "steps": scenario.steps().count(), "faults": scenario.faults.len() })))
}

async fn stop(State(app): State<Arc<App>>) -> StatusCode {
    app.change(World::stop_scenario);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// What has happened after an event, at most a thousand of them.
async fn timeline(State(app): State<Arc<App>>, Query(After { after }): Query<After>) -> Json<Value> {
    let world = app.look();
    let events = world.timeline.after(after).take(EVENTS);
    let events = events.map(|event| json!({ "seq": event.seq, "at": unix_millis(event.at), "event": event.kind }));
    Json(events.collect())
}
