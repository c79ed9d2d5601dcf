//! Access tokens: `GET /{version}/oauth/access_token` and `GET /{version}/debug_token`.
//!
//! <https://developers.facebook.com/docs/facebook-login/guides/access-tokens>

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::has_right_token;
use super::response::respond;
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;

/// Permissions of the access token.
const SCOPES: [&str; 2] = ["whatsapp_business_management", "whatsapp_business_messaging"];

type Parameters = Query<HashMap<String, String>>;

/// Returns the access token of the app for its id and its secret.
pub(super) async fn app_token(State(shared): State<Arc<Shared>>, Query(query): Parameters) -> Response {
    let settings = &shared.settings;
    let is_app = query.get("client_id").is_some_and(|id| *id == settings.app_id)
        && query.get("client_secret").is_some_and(|secret| Some(secret) == settings.app_secret.as_ref());
    let result = match &settings.app_secret {
        Some(secret) if is_app => {
            Ok(json!({ "access_token": format!("{}|{secret}", settings.app_id), "token_type": "bearer" }))
        }
        _ => Err(GraphError::violates(Rule::Token)),
    };
    respond(&shared, "", result)
}

/// Describes the token in `input_token`. A token that the emulator does not know is not valid.
pub(super) async fn debug(
    State(shared): State<Arc<Shared>>,
    Query(query): Parameters,
    request: Request<Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    if has_right_token(&shared, &parts) != Some(true) {
        return respond(&shared, "", Err(GraphError::violates(Rule::Token)));
    }
    let result = query.get("input_token").ok_or_else(|| GraphError::missing("input_token"));
    respond(&shared, "", result.map(|token| describe(&shared, token)))
}

fn describe(shared: &Shared, token: &str) -> Value {
    let settings = &shared.settings;
    let is_valid = token == settings.access_token;
    let scopes = if is_valid { &SCOPES[..] } else { &[] };
    let granular = scopes.iter().map(|scope| json!({ "scope": scope, "target_ids": [settings.waba_id] }));
    json!({ "data": {
        "app_id": settings.app_id,
        "application": settings.name,
        "type": "SYSTEM_USER",
        "is_valid": is_valid,
        "expires_at": 0,
        "scopes": scopes,
        "granular_scopes": granular.collect::<Vec<_>>(),
    } })
}
