//! Answers of the Graph API.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::rules::{GraphError, Rule};

/// The answer to a call: a JSON body, with the version that served it.
pub(super) fn reply(app: &App, version: &str, result: Result<Value, GraphError>) -> Response {
    let mut world = app.look();
    let (status, mut body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.body(&world.trace()))
        }
    };
    world.sprinkle_answer(&mut body);
    drop(world);
    let mut response = (status, Json(body)).into_response();
    if let Ok(version) = version.parse() {
        response.headers_mut().insert("facebook-api-version", version);
    }
    response
}

/// Reads a JSON body.
pub(super) fn json_body(body: Result<Bytes, BytesRejection>) -> Result<Value, GraphError> {
    let body = body.map_err(|_| GraphError::malformed("the body cannot be read"))?;
    serde_json::from_slice(&body).map_err(|_| GraphError::malformed("the body is not JSON"))
}

/// The fields of an object that a call asks for, separated by commas.
pub(super) fn pick(all: &Map<String, Value>, fields: &str) -> Result<Map<String, Value>, GraphError> {
    let mut picked = Map::new();
    for name in fields.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let value = all.get(name).ok_or_else(|| GraphError::unknown_field(name))?;
        picked.insert(name.to_owned(), value.clone());
    }
    Ok(picked)
}

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

/// What cursors begin with, so that nobody takes them for numbers.
const CURSOR: &str = "QVFI";

/// One page of a list, from the item after the cursor on, with the cursors to go on.
pub(super) fn page(items: &[Value], page: &Page) -> Result<Value, GraphError> {
    const USUAL: usize = 25;
    const MOST: usize = 1_000;
    let start = match page.after.as_deref() {
        None | Some("") => 0,
        Some(cursor) => cursor
            .strip_prefix(CURSOR)
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| GraphError::because(Rule::Cursor, "after: is no cursor of this list"))?,
    };
    let rest = items.get(start..).unwrap_or_default();
    let shown = &rest[..rest.len().min(page.limit.unwrap_or(USUAL).clamp(1, MOST))];
    let mut answer = json!({ "data": shown });
    if !shown.is_empty() {
        let end = start + shown.len();
        answer["paging"]["cursors"] =
            json!({ "before": format!("{CURSOR}{start}"), "after": format!("{CURSOR}{end}") });
    }
    Ok(answer)
}

/// Whatever is not an endpoint.
pub(super) async fn unknown_path(State(app): State<Arc<App>>) -> Response {
    reply(&app, "", Err(GraphError::unknown_path()))
}
