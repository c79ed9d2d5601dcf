//! Username of a number: `/{version}/{phone_number_id}/username` and `username_suggestions`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::operations::business_username;
use crate::rules::username;
use crate::shared::Shared;

/// Returns the username. A number without one has no fields.
pub(super) async fn read(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.number(&shared).map(|number| match &shared.world().account.number(number).username {
        Some(username) => json!({ "username": username, "status": "approved" }),
        None => json!({}),
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn claim(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let request = username::check(body?, &shared.rules())?;
        shared.change(|world| business_username::claim(world, number, request))?;
        Ok(json!({ "success": true, "status": "approved" }))
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.number(&shared).and_then(|number| {
        shared.change(|world| business_username::delete(world, number))?;
        Ok(json!({ "success": true }))
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn suggestions(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = call.number(&shared).map(|_| {
        let suggestions = business_username::suggestions(&shared.settings.name);
        json!({ "data": [{ "username_suggestions": suggestions }] })
    });
    respond(&shared, &call.version, result)
}
