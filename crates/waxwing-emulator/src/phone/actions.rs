//! Endpoint for everything that a person does on the phone.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::request::{ErrorResponse, error};
use crate::action::Action;
use crate::operations::actions;
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;
use crate::world::World;

/// Performs an action of the control API as the user of a chat. The body is the action without its `user`.
pub(super) async fn perform(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, ErrorResponse> {
    let performed = shared.change(|world| {
        let action = read(world, EmulatedUserId(chat), body)?;
        actions::perform(world, action).map_err(|reason| error(StatusCode::BAD_REQUEST, &reason.to_string()))
    })?;
    Ok(Json(json!({ "id": performed.id })))
}

/// Reads an action and adds the user.
fn read(world: &World, user: EmulatedUserId, mut body: Value) -> Result<Action, ErrorResponse> {
    let missing = || error(StatusCode::NOT_FOUND, "This chat does not exist.");
    let user = world.users.get(user).ok_or_else(missing)?;
    let address = user.phone.as_ref().or(user.bsuid.as_ref()).unwrap_or(&user.name);
    let parts = body.as_object_mut().and_then(|action| action.values_mut().next()).and_then(Value::as_object_mut);
    let Some(parts) = parts else {
        return Err(error(StatusCode::BAD_REQUEST, "The body is not an action of a user."));
    };
    parts.insert("user".to_owned(), address.as_str().into());
    serde_json::from_value(body).map_err(|reason| error(StatusCode::BAD_REQUEST, &reason.to_string()))
}
