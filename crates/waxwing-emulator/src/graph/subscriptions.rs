//! Webhook subscriptions: `/{version}/{waba_id}/subscribed_apps` for the account, `/{version}/{app_id}/subscriptions` for the app.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps>,
//! <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::rules::{GraphError, RequestObject};
use crate::shared::Shared;
use crate::webhook::target::WebhookTarget;
use crate::webhook_verification;

/// Object of WhatsApp webhooks.
const OBJECT: &str = "whatsapp_business_account";

pub(super) async fn apps(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.expect_id(&shared.settings.waba_id).map(|()| {
        let (app_id, name) = (&shared.settings.app_id, &shared.settings.name);
        let link = format!("https://www.facebook.com/games/?app_id={app_id}");
        let mut app = json!({ "whatsapp_business_api_data": { "id": app_id, "name": name, "link": link } });
        if let Some(url) = &shared.callbacks.borrow().account_override {
            app["override_callback_uri"] = url.as_str().into();
        }
        let is_subscribed = shared.world().webhooks.subscription.is_active;
        json!({ "data": if is_subscribed { vec![app] } else { Vec::new() } })
    });
    respond(&shared, &call.version, result)
}

/// Subscribes the app to the account. Sets or removes the callback URL of the account.
pub(super) async fn subscribe(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = subscribe_to_account(&shared, &call, body).await;
    respond(&shared, &call.version, result)
}

async fn subscribe_to_account(
    shared: &Shared,
    call: &Call,
    body: Result<Value, GraphError>,
) -> Result<Value, GraphError> {
    call.expect_id(&shared.settings.waba_id)?;
    let keys = &["override_callback_uri", "verify_token"];
    let (account_override, _) = RequestObject::read(body?, keys, &shared.rules(), |body| {
        if !body.has("override_callback_uri") {
            return Ok(None);
        }
        let url = body.link("override_callback_uri")?.to_owned();
        Ok(Some((url, body.required("verify_token")?.to_owned())))
    })?;
    if let Some((url, verify_token)) = &account_override {
        webhook_verification::check(shared, &WebhookTarget::Url(url.clone()), verify_token).await?;
    }
    let account_override = account_override.map(|(url, _)| url);
    shared.callbacks.send_modify(|callbacks| callbacks.account_override = account_override);
    shared.change(|world| world.webhooks.subscription.is_active = true);
    Ok(json!({ "success": true }))
}

pub(super) async fn unsubscribe(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.expect_id(&shared.settings.waba_id).map(|()| {
        shared.change(|world| world.webhooks.subscription.is_active = false);
        json!({ "success": true })
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn callback(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.expect_id(&shared.settings.app_id).map(|()| {
        let Some(WebhookTarget::Url(url)) = shared.callbacks.borrow().app.clone() else {
            return json!({ "data": [] });
        };
        let fields: Vec<_> = match &shared.world().webhooks.subscription.fields {
            Some(fields) => fields.iter().map(|name| json!({ "name": name, "version": call.version })).collect(),
            None => vec![json!({ "name": "messages", "version": call.version })],
        };
        json!({ "data": [{ "object": OBJECT, "callback_url": url, "active": true, "fields": fields }] })
    });
    respond(&shared, &call.version, result)
}

/// Sets the callback URL and the fields of the app.
pub(super) async fn set_callback(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Parameters(body): Parameters,
) -> Response {
    let result = subscribe_app(&shared, &call, body).await;
    respond(&shared, &call.version, result)
}

async fn subscribe_app(shared: &Shared, call: &Call, body: Result<Value, GraphError>) -> Result<Value, GraphError> {
    call.expect_id(&shared.settings.app_id)?;
    let keys = &["object", "callback_url", "fields", "verify_token", "include_values"];
    let ((url, fields, verify_token), _) = RequestObject::read(body?, keys, &shared.rules(), |body| {
        body.one_of("object", &[OBJECT])?;
        let fields = match body.array("fields") {
            Ok(Some(fields)) => fields.iter().filter_map(|field| field.as_str().map(str::to_owned)).collect(),
            _ => body.required("fields")?.split(',').map(|field| field.trim().to_owned()).collect(),
        };
        let url = body.link("callback_url")?.to_owned();
        Ok((url, fields, body.required("verify_token")?.to_owned()))
    })?;
    let target = WebhookTarget::Url(url);
    webhook_verification::check(shared, &target, &verify_token).await?;
    shared.callbacks.send_modify(|callbacks| callbacks.app = Some(target));
    shared.change(|world| world.webhooks.subscription.fields = Some(fields));
    Ok(json!({ "success": true }))
}
