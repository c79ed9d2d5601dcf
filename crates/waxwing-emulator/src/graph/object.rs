//! `GET`, `POST` and `DELETE /{version}/{id}`, where the id is a number's, a template's or a medium's.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>,
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::reply::{Page, json_body, page, pick, reply};
use crate::app::App;
use crate::rules::GraphError;
use crate::world::NumberId;

/// The fields of a number that are told when none are named.
const NUMBER: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type";

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    /// The number that a medium must belong to.
    phone_number_id: Option<String>,
    /// The fields of the object, separated by commas.
    fields: Option<String>,
}

pub(super) async fn look_up(State(app): State<Arc<App>>, call: Call, Query(parameters): Query<Parameters>) -> Response {
    let result = find(&app, &call.id, &parameters);
    reply(&app, &call.version, result)
}

/// Templates alone can be changed under their id.
pub(super) async fn change(State(app): State<Arc<App>>, call: Call, body: Result<Bytes, BytesRejection>) -> Response {
    let result = json_body(body).and_then(|edit| {
        app.change(|world| world.account.templates.edit(&call.id, &edit, &app.settings.rules))?;
        Ok(json!({ "success": true }))
    });
    reply(&app, &call.version, result)
}

pub(super) async fn delete(State(app): State<Arc<App>>, call: Call, Query(parameters): Query<Parameters>) -> Response {
    let deleted = app.change(|world| {
        let now = world.now();
        let is_owner = world.library.at_meta(&call.id, now).is_some_and(|file| parameters.fit(file));
        is_owner && world.library.delete(&call.id, now)
    });
    let result = if deleted { Ok(json!({ "success": true })) } else { Err(GraphError::unknown_medium()) };
    reply(&app, &call.version, result)
}

/// `GET /{version}/{waba_id}/phone_numbers`.
pub(super) async fn numbers(State(app): State<Arc<App>>, call: Call, Query(which): Query<Page>) -> Response {
    let result = if call.id == app.settings.waba_id {
        let world = app.look();
        let numbers = world.account.numbers().iter().map(|number| pick(&number.fields, &format!("id,{NUMBER}")));
        let numbers: Result<Vec<_>, _> = numbers.map(|number| number.map(Value::from)).collect();
        numbers.and_then(|numbers| page(&numbers, &which))
    } else {
        Err(GraphError::unknown_object())
    };
    reply(&app, &call.version, result)
}

fn find(app: &App, id: &str, parameters: &Parameters) -> Result<Value, GraphError> {
    let world = app.look();
    if let Some(number) = world.account.find(id) {
        return describe(&world.account.number(number).fields, parameters.fields.as_deref().unwrap_or(NUMBER));
    }
    if let Some(template) = world.account.templates.get(id) {
        let all = template.describe();
        let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
        let every = "name,language,category,status,parameter_format,components";
        return describe(all, parameters.fields.as_deref().unwrap_or(every));
    }
    let file = world.library.at_meta(id, world.now()).filter(|file| parameters.fit(file));
    let file = file.ok_or_else(GraphError::unknown_medium)?;
    Ok(json!({
        "messaging_product": "whatsapp",
        "id": file.id,
        "mime_type": file.mime_type,
        "sha256": hex::encode(file.sha256),
        "file_size": file.bytes.len(),
        "url": format!("{}{}", world.business.origin, world.library.path(id, world.now())),
    }))
}

/// The id and the named fields.
fn describe(all: &serde_json::Map<String, Value>, fields: &str) -> Result<Value, GraphError> {
    pick(all, &format!("id,{fields}")).map(Value::from)
}

impl Parameters {
    /// Whether a medium is the named number's; any is if none is named.
    fn fit(&self, file: &crate::world::library::File) -> bool {
        self.phone_number_id.as_deref().is_none_or(|number| file.belongs_to(number))
    }
}

/// The number in the path of a call.
pub(super) fn number(app: &App, call: &Call) -> Result<NumberId, GraphError> {
    app.look().account.find_or_refuse(&call.id)
}
