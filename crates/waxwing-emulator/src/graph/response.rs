//! Responses of the Graph API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::rules::{GraphError, Rule};
use crate::shared::Shared;

/// Rule that refused a call, as an extension of its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefusedBy(pub(super) Rule);

/// Returns the response to a call, with the version that served it.
pub(super) fn respond(shared: &Shared, version: &str, result: Result<Value, GraphError>) -> Response {
    let rule = result.as_ref().err().and_then(|error| error.rule);
    let mut world = shared.world();
    let (status, mut body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.body(&world.runtime.ids.trace()))
        }
    };
    world.runtime.add_unknown_fields(&mut body);
    drop(world);
    let mut response = (status, Json(body)).into_response();
    if let Some(rule) = rule {
        response.extensions_mut().insert(RefusedBy(rule));
    }
    if let Ok(version) = version.parse() {
        response.headers_mut().insert("facebook-api-version", version);
    }
    response
}

/// Returns the requested fields of an object. `fields` is a comma-separated list. The parts of a field (`preview.invalidate(false)`,
/// `events{id}`) are returned as a whole. Like Meta, the emulator omits fields without a value, which are null in `all`.
pub(super) fn pick_fields(all: &Map<String, Value>, fields: &str) -> Result<Map<String, Value>, GraphError> {
    let mut picked = Map::new();
    for name in field_names(fields) {
        let value = all.get(name).ok_or_else(|| GraphError::unknown_field(name))?;
        if !value.is_null() {
            picked.insert(name.to_owned(), value.clone());
        }
    }
    Ok(picked)
}

/// Returns the names in a list of fields.
fn field_names(fields: &str) -> impl Iterator<Item = &str> {
    let names = field_expressions(fields).map(|field| field.split(['.', '{', '(']).next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty())
}

/// Returns the parts of a list of fields, each with the parts and the parameters of its field.
pub(super) fn field_expressions(fields: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    fields.split(move |char| {
        match char {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ',' && depth == 0
    })
}

/// Last parts of the paths of calls that Meta has and the emulator does not play.
const NOT_PLAYED: &[&str] = &[
    "archive",
    "assigned_users",
    "business_compliance_info",
    "compare",
    "messages_encrypted",
    "migrate_flows",
    "migrate_message_templates",
    "official_business_account",
    "phone_numbers",
    "signups",
    "template_analytics",
    "unarchive",
    "unpause",
    "upsert_message_templates",
];

/// Returns the response to a path or method that the API does not have, or that the emulator does not play.
pub(super) async fn unknown_path(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let is_played = uri.path().split('/').skip(3).all(|part| !NOT_PLAYED.contains(&part));
    if is_played {
        return respond(&shared, "", Err(GraphError::unknown_path()));
    }
    let call = uri.path().rsplit('/').next().unwrap_or_default();
    tracing::warn!(call, "call is not emulated");
    respond(&shared, "", Err(GraphError::not_played(call)))
}
