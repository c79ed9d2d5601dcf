//! Answers of the Graph API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::app::App;
use crate::rules::GraphError;

/// The answer to a call: a JSON body, with the version that served it.
pub(super) fn reply(app: &App, version: &str, result: Result<Value, GraphError>) -> Response {
    let mut response = match result {
        Ok(body) => Json(body).into_response(),
        Err(error) => {
            let trace = app.look().trace();
            let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(error.body(&trace))).into_response()
        }
    };
    if let Ok(version) = version.parse() {
        response.headers_mut().insert("facebook-api-version", version);
    }
    response
}

/// Whatever is not an endpoint.
pub(super) async fn unknown_path(State(app): State<Arc<App>>) -> Response {
    reply(&app, "", Err(GraphError::unknown_path()))
}
