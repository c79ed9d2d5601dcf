//! Endpoints for the assets of the business that its messages show.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::request::{ErrorResponse, error};
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::flow_sessions::FlowSessionState;

/// Time in which the endpoint of a flow answers. The emulator gives up earlier.
const FLOW_DEADLINE: Duration = Duration::from_secs(15);

/// Returns the products of each catalog of the business.
pub(super) async fn catalogs(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let catalogs = world.account.catalogs.iter().map(|(id, products)| json!({ "id": id, "products": products }));
    Json(catalogs.collect())
}

/// Returns the flow that a user has open: its JSON, and the current screen with its data. Waits for the endpoint of the flow.
pub(super) async fn flow(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
) -> Result<Json<Value>, ErrorResponse> {
    let user = EmulatedUserId(chat);
    if shared.world().flow_sessions.get(user).is_none() {
        return Err(error(StatusCode::NOT_FOUND, "This user has no flow open."));
    }
    let answered = tokio::time::timeout(FLOW_DEADLINE, shared.wait(|world| view(world, user))).await;
    answered.map(Json).map_err(|_| error(StatusCode::GATEWAY_TIMEOUT, "The endpoint of the flow does not answer."))
}

/// Returns the view of an open flow, unless its endpoint has not answered yet.
fn view(world: &World, user: EmulatedUserId) -> Option<Value> {
    let session = world.flow_sessions.get(user)?;
    let problem = match &session.state {
        FlowSessionState::Waiting => return None,
        FlowSessionState::Failed(problem) => Some(problem),
        FlowSessionState::Open | FlowSessionState::Completed => None,
    };
    let json = world.account.flows.get(&session.flow).and_then(|flow| flow.json.as_deref());
    let json = json.and_then(|json| serde_json::from_str::<Value>(json).ok());
    Some(json!({
        "json": json,
        "screen": session.screen,
        "data": session.data,
        "state": session.state.name(),
        "error": problem,
    }))
}
