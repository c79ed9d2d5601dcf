//! `GET` and `DELETE /{version}/{id}`, where the id is the number's or a medium's.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>,
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status>

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::auth::Call;
use super::reply::reply;
use crate::app::App;
use crate::rules::GraphError;

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    /// The number that a medium must belong to.
    phone_number_id: Option<String>,
    /// The fields of the number, separated by commas.
    fields: Option<String>,
}

pub(super) async fn look_up(State(app): State<Arc<App>>, call: Call, Query(parameters): Query<Parameters>) -> Response {
    let result = if call.id == app.settings.phone_number_id {
        number(&app, parameters.fields.as_deref())
    } else {
        medium(&app, &call.id, &parameters)
    };
    reply(&app, &call.version, result)
}

pub(super) async fn delete(State(app): State<Arc<App>>, call: Call, Query(parameters): Query<Parameters>) -> Response {
    let result = check_owner(&app, &parameters).and_then(|()| {
        let deleted = app.change(|world| {
            let now = world.now();
            world.library.delete(&call.id, now)
        });
        if deleted { Ok(json!({ "success": true })) } else { Err(GraphError::unknown_object()) }
    });
    reply(&app, &call.version, result)
}

fn number(app: &App, fields: Option<&str>) -> Result<Value, GraphError> {
    const DEFAULT: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type";
    let all = json!({
        "id": app.settings.phone_number_id,
        "verified_name": app.settings.name,
        "display_phone_number": formatted(&app.settings.display_phone_number),
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "platform_type": "CLOUD_API",
        "status": "CONNECTED",
        "throughput": { "level": "STANDARD" },
        "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED",
        "webhook_configuration": {},
    });
    let mut picked = Map::new();
    picked.insert("id".into(), all["id"].clone());
    for name in fields.unwrap_or(DEFAULT).split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let value = all.get(name).ok_or_else(|| GraphError::unknown_field(name))?;
        picked.insert(name.to_owned(), value.clone());
    }
    Ok(picked.into())
}

fn medium(app: &App, id: &str, parameters: &Parameters) -> Result<Value, GraphError> {
    check_owner(app, parameters)?;
    let world = app.look();
    let file = world.library.at_meta(id, world.now()).ok_or_else(GraphError::unknown_object)?;
    Ok(json!({
        "messaging_product": "whatsapp",
        "id": file.id,
        "mime_type": file.mime_type,
        "sha256": hex::encode(file.sha256),
        "file_size": file.bytes.len(),
        "url": format!("{}{}", world.business.origin, world.library.path(id, world.now())),
    }))
}

fn check_owner(app: &App, parameters: &Parameters) -> Result<(), GraphError> {
    match &parameters.phone_number_id {
        Some(id) if *id != app.settings.phone_number_id => Err(GraphError::unknown_object()),
        _ => Ok(()),
    }
}

/// As Meta shows a number, which is not how it writes it in webhooks.
fn formatted(digits: &str) -> String {
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 && rest.is_ascii() => {
            format!("+1 {}-{}-{}", &rest[..3], &rest[3..6], &rest[6..])
        }
        _ => format!("+{digits}"),
    }
}
