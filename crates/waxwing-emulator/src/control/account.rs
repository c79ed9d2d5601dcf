//! Objects of the account in the control API.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::shared::Shared;
use crate::world::flow_sessions::FlowSessionState;

/// Returns the endpoints of the objects of the account.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/control/flows", get(flows)).route("/control/templates", get(templates))
}

/// Lists the message templates.
async fn templates(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let templates = world.account.templates.all().iter().map(|template| {
        json!({
            "id": template.id.to_string(),
            "name": template.definition.name,
            "language": template.definition.language,
            "category": template.definition.category,
            "status": template.status.name(),
            "quality": template.quality.name(),
            "rejected_reason": template.rejected_reason,
            "is_generated": template.is_generated,
        })
    });
    Json(json!({ "templates": templates.collect::<Vec<_>>() }))
}

/// Lists the flows of the account, and the flows that users have open.
async fn flows(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let flows = world.account.flows.all().iter().map(|flow| {
        json!({
            "id": flow.id,
            "name": flow.name,
            "status": flow.status.name(),
            "endpoint_uri": flow.endpoint_uri,
            "screens": flow.definition.screens,
        })
    });
    let open = world.flow_sessions.iter().map(|(user, session)| {
        let error = if let FlowSessionState::Failed(error) = &session.state { Some(error) } else { None };
        json!({
            "user": user.0,
            "message": session.message,
            "flow": session.flow,
            "state": session.state.name(),
            "screen": session.screen,
            "data": session.data,
            "error": error,
        })
    });
    Json(json!({ "flows": flows.collect::<Vec<_>>(), "open": open.collect::<Vec<_>>() }))
}
