//! `GET` and `POST /{version}/{phone_number_id}/whatsapp_business_profile`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::ids;
use crate::rules::{GraphError, profile};
use crate::shared::Shared;

/// Fields of a profile.
const FIELDS: [&str; 8] =
    ["about", "address", "description", "email", "messaging_product", "profile_picture_url", "vertical", "websites"];

#[derive(Debug, Deserialize)]
pub(super) struct ProfileQuery {
    fields: Option<String>,
}

pub(super) async fn read(State(shared): State<Arc<Shared>>, call: Call, Query(query): Query<ProfileQuery>) -> Response {
    let result = describe(&shared, &call, query.fields.as_deref().unwrap_or_default());
    respond(&shared, &call.version, result)
}

pub(super) async fn change(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let mut fields = profile::check(body?, &shared.rules())?;
        shared.change(|world| {
            if let Some(Value::String(handle)) = fields.remove("profile_picture_handle") {
                world.uploads.check_handle(&handle, "profile_picture_handle")?;
                fields.insert("profile_picture_url".to_owned(), picture_url(&handle).into());
            }
            world.account.number_mut(number).profile.extend(fields);
            Ok(json!({ "success": true }))
        })
    });
    respond(&shared, &call.version, result)
}

/// Returns the URL of a picture. The host does not exist.
fn picture_url(handle: &str) -> String {
    format!("https://scontent.example/profile/{}.jpg", hex::encode(&ids::digest(&[handle.as_bytes()])[..8]))
}

/// Returns the requested fields. Like Meta, the emulator omits fields that were never set.
fn describe(shared: &Shared, call: &Call, fields: &str) -> Result<Value, GraphError> {
    let number = call.number(shared)?;
    let world = shared.world();
    let profile = &world.account.number(number).profile;
    let mut picked = Map::new();
    for name in fields.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !FIELDS.contains(&name) {
            return Err(GraphError::unknown_field(name));
        }
        if let Some(value) = profile.get(name) {
            picked.insert(name.to_owned(), value.clone());
        }
    }
    picked.insert("messaging_product".to_owned(), "whatsapp".into());
    Ok(json!({ "data": [picked] }))
}
