//! Endpoints for faults.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{ControlResponse, bad_request, body};
use crate::fault::{Fault, FaultId};
use crate::operations::action_targets::too_many_faults;
use crate::shared::Shared;

/// Returns the active faults, in the form in which they are injected.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().runtime.faults.active()))
}

pub(super) async fn inject(
    State(shared): State<Arc<Shared>>,
    fault: Result<Json<Fault>, JsonRejection>,
) -> ControlResponse {
    let fault = body(fault)?;
    let id = shared.world().runtime.faults.inject(fault);
    let id = id.ok_or_else(|| bad_request(too_many_faults().to_string()))?;
    Ok(Json(json!({ "id": id })))
}

pub(super) async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.world().runtime.faults.clear();
    StatusCode::NO_CONTENT
}

pub(super) async fn remove(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
) -> Result<StatusCode, super::ErrorResponse> {
    if shared.world().runtime.faults.remove(FaultId(id)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        let error = json!({ "error": "no fault with this id is active; GET /control/faults lists the active ones" });
        Err((StatusCode::NOT_FOUND, Json(error)))
    }
}
