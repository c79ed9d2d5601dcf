//! `GET`, `POST` and `DELETE /{version}/{waba_id}/subscribed_apps` and `/{version}/{app_id}/subscriptions`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps>,
//! <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::Call;
use super::reply::{json_body, reply};
use crate::app::App;
use crate::rules::{GraphError, Part};
use crate::webhook::target::Target;
use crate::webhook::verification::verify;

/// The object that WhatsApp's webhooks are about.
const OBJECT: &str = "whatsapp_business_account";

pub(super) async fn apps(State(app): State<Arc<App>>, call: Call) -> Response {
    let result = own(&call, &app.settings.waba_id).map(|()| {
        let link = format!("https://www.facebook.com/games/?app_id={}", app.settings.app_id);
        let name = &app.settings.name;
        let mut ours =
            json!({ "whatsapp_business_api_data": { "id": app.settings.app_id, "name": name, "link": link } });
        if let Some(url) = &app.gate.borrow().account_override {
            ours["override_callback_uri"] = url.as_str().into();
        }
        let data = if app.look().account.is_subscribed { vec![ours] } else { Vec::new() };
        json!({ "data": data })
    });
    reply(&app, &call.version, result)
}

/// Subscribes; with a callback URL of the account's own, or without the one that it had.
pub(super) async fn subscribe(
    State(app): State<Arc<App>>,
    call: Call,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let result = override_callback(&app, &call, body).await;
    reply(&app, &call.version, result)
}

async fn override_callback(
    app: &Arc<App>,
    call: &Call,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, GraphError> {
    own(call, &app.settings.waba_id)?;
    let is_empty = body.as_ref().is_ok_and(Bytes::is_empty);
    let body = if is_empty { json!({}) } else { json_body(body)? };
    let body = Part::body(&body, &app.settings.rules)?;
    let account_override = if body.has("override_callback_uri") {
        let url = body.link("override_callback_uri")?.to_owned();
        verify(app, &Target::Url(url.clone()), body.required("verify_token")?).await?;
        Some(url)
    } else {
        None
    };
    app.gate.send_modify(|gate| gate.account_override = account_override);
    app.change(|world| world.account.is_subscribed = true);
    Ok(json!({ "success": true }))
}

pub(super) async fn unsubscribe(State(app): State<Arc<App>>, call: Call) -> Response {
    let result = own(&call, &app.settings.waba_id).map(|()| {
        app.change(|world| world.account.is_subscribed = false);
        json!({ "success": true })
    });
    reply(&app, &call.version, result)
}

pub(super) async fn callback(State(app): State<Arc<App>>, call: Call) -> Response {
    let result = own(&call, &app.settings.app_id).map(|()| {
        let Some(Target::Url(url)) = app.gate.borrow().target.clone() else { return json!({ "data": [] }) };
        let fields: Vec<_> = match &app.look().account.fields {
            Some(fields) => fields.iter().map(|name| json!({ "name": name, "version": call.version })).collect(),
            None => vec![json!({ "name": "messages", "version": call.version })],
        };
        json!({ "data": [{ "object": OBJECT, "callback_url": url, "active": true, "fields": fields }] })
    });
    reply(&app, &call.version, result)
}

/// Sets the callback URL of the app and the fields that it hears of. Parameters may stand in the query.
pub(super) async fn set_callback(
    State(app): State<Arc<App>>,
    call: Call,
    Query(query): Query<HashMap<String, String>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let result = subscribe_app(&app, &call, query, body).await;
    reply(&app, &call.version, result)
}

async fn subscribe_app(
    app: &Arc<App>,
    call: &Call,
    query: HashMap<String, String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, GraphError> {
    own(call, &app.settings.app_id)?;
    let is_empty = body.as_ref().is_ok_and(Bytes::is_empty);
    let body = if is_empty { json!(query) } else { json_body(body)? };
    let body = Part::body(&body, &app.settings.rules)?;
    body.word("object", &[OBJECT])?;
    let target = Target::Url(body.link("callback_url")?.to_owned());
    let fields = body.required("fields")?.split(',').map(|field| field.trim().to_owned()).collect();
    verify(app, &target, body.required("verify_token")?).await?;
    app.gate.send_modify(|gate| gate.target = Some(target));
    app.change(|world| world.account.fields = Some(fields));
    Ok(json!({ "success": true }))
}

fn own(call: &Call, id: &str) -> Result<(), GraphError> {
    if call.id == id { Ok(()) } else { Err(GraphError::unknown_object()) }
}
