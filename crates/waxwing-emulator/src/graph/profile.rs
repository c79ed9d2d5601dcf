//! `GET` and `POST /{version}/{phone_number_id}/whatsapp_business_profile`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::auth::Call;
use super::object::number;
use super::reply::{json_body, reply};
use crate::app::App;
use crate::rules::{GraphError, profile};

/// What a profile can tell.
const FIELDS: [&str; 8] =
    ["about", "address", "description", "email", "messaging_product", "profile_picture_url", "vertical", "websites"];

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    fields: Option<String>,
}

pub(super) async fn look_up(State(app): State<Arc<App>>, call: Call, Query(parameters): Query<Parameters>) -> Response {
    let result = tell(&app, &call, parameters.fields.as_deref().unwrap_or_default());
    reply(&app, &call.version, result)
}

pub(super) async fn change(State(app): State<Arc<App>>, call: Call, body: Result<Bytes, BytesRejection>) -> Response {
    let result = number(&app, &call).and_then(|number| {
        let fields = profile::check(&json_body(body)?, &app.settings.rules)?;
        app.change(|world| world.account.number_mut(number).profile.extend(fields));
        Ok(json!({ "success": true }))
    });
    reply(&app, &call.version, result)
}

/// Fields that were never set are left out, as Meta leaves them out.
fn tell(app: &App, call: &Call, fields: &str) -> Result<Value, GraphError> {
    let number = number(app, call)?;
    let world = app.look();
    let profile = &world.account.number(number).profile;
    let mut told = Map::new();
    for name in fields.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !FIELDS.contains(&name) {
            return Err(GraphError::unknown_field(name));
        }
        if let Some(value) = profile.get(name) {
            told.insert(name.to_owned(), value.clone());
        }
    }
    told.insert("messaging_product".to_owned(), "whatsapp".into());
    Ok(json!({ "data": [told] }))
}
