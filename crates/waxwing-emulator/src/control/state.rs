//! Endpoints for the state as a whole.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ErrorResponse, bad_request};
use crate::shared::Shared;
use crate::state::{self, NextIds, StateError};

/// Maximum size of a written state, in bytes.
const MAX_STATE: usize = 768 * 1024 * 1024;

/// Returns the methods of the written state.
pub(super) fn routes() -> MethodRouter<Arc<Shared>> {
    get(export).put(import).layer(DefaultBodyLimit::max(MAX_STATE))
}

/// Options of a reset.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ResetRequest {
    ids: NextIds,
}

/// Returns to the state after the start. The body may be absent.
pub(super) async fn reset(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<StatusCode, ErrorResponse> {
    let request = match body.as_ref() {
        b"" => Ok(ResetRequest::default()),
        json => serde_json::from_slice(json),
    };
    let request: ResetRequest = request.map_err(|error| bad_request(error.to_string()))?;
    state::reset(&shared, request.ids);
    Ok(StatusCode::NO_CONTENT)
}

async fn export(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, ErrorResponse> {
    state::export(&shared).map(Json).map_err(|error| refused(&error))
}

async fn import(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<StatusCode, ErrorResponse> {
    state::import(&shared, &body).map_err(|error| refused(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(error: &StateError) -> ErrorResponse {
    let status = match error {
        StateError::Busy(_) => StatusCode::CONFLICT,
        StateError::Invalid { .. } => StatusCode::BAD_REQUEST,
    };
    (status, Json(json!({ "error": error.to_string() })))
}
