//! Settings of a number: `/{version}/{phone_number_id}/settings`, `conversational_automation`, `whatsapp_commerce_settings` and
//! `whatsapp_business_encryption`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::operations::account_events;
use crate::rules::{GraphError, number_settings as rules};
use crate::shared::Shared;
use crate::world::World;
use crate::world::account::{BusinessNumber, NumberIndex};

/// Field of a number with its conversational automation.
const AUTOMATION: &str = "conversational_automation";

pub(super) async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    answer(&shared, &call, |number| number.settings.phone.clone().into())
}

pub(super) async fn change(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let checked = body.and_then(|body| rules::check_settings(body, &shared.rules()));
    update(&shared, &call, checked, |world, number, changed| {
        let calling = changed.get("calling").cloned();
        world.account.number_mut(number).settings.phone.extend(changed);
        if let Some(calling) = calling {
            account_events::calling_changed(world, number, &calling);
        }
    })
}

pub(super) async fn read_automation(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    answer(&shared, &call, |number| number.fields[AUTOMATION].clone())
}

pub(super) async fn change_automation(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Parameters(body): Parameters,
) -> Response {
    let checked = body.and_then(|body| rules::check_automation(body, &shared.rules()));
    update(&shared, &call, checked, |world, number, changed| {
        if let Some(Value::Object(automation)) = world.account.number_mut(number).fields.get_mut(AUTOMATION) {
            automation.extend(changed);
        }
    })
}

pub(super) async fn read_commerce(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    answer(&shared, &call, |number| {
        let mut commerce = Value::from(number.settings.commerce.clone());
        commerce["id"] = number.identity.phone_number_id.as_str().into();
        json!({ "data": [commerce] })
    })
}

pub(super) async fn change_commerce(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Parameters(body): Parameters,
) -> Response {
    let checked = body.and_then(|body| rules::check_commerce(body, &shared.rules()));
    update(&shared, &call, checked, |world, number, changed: Map<String, Value>| {
        world.account.number_mut(number).settings.commerce.extend(changed);
    })
}

pub(super) async fn read_public_key(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    answer(&shared, &call, |number| {
        let key = number.settings.public_key.iter();
        let key = key.map(|key| json!({ "business_public_key": key, "business_public_key_signature_status": "VALID" }));
        json!({ "data": key.collect::<Vec<_>>() })
    })
}

pub(super) async fn change_public_key(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Parameters(body): Parameters,
) -> Response {
    let checked = body.and_then(|body| rules::check_public_key(body, &shared.rules()));
    update(&shared, &call, checked, |world, number, key| {
        world.account.number_mut(number).settings.public_key = Some(key);
    })
}

/// Answers with a description of the number.
fn answer(shared: &Shared, call: &Call, describe: impl Fn(&BusinessNumber) -> Value) -> Response {
    let result = call.number(shared).map(|number| describe(shared.world().account.number(number)));
    respond(shared, &call.version, result)
}

/// Applies a checked change to the number.
fn update<T>(
    shared: &Shared,
    call: &Call,
    checked: Result<T, GraphError>,
    apply: impl FnOnce(&mut World, NumberIndex, T),
) -> Response {
    let result = call.number(shared).and_then(|number| {
        let changed = checked?;
        shared.change(|world| apply(world, number, changed));
        Ok(json!({ "success": true }))
    });
    respond(shared, &call.version, result)
}
