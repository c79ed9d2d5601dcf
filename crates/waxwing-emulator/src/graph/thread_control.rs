//! `POST /{version}/{phone_number_id}/thread_control`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::rules::{GraphError, Rule, thread_control};
use crate::shared::Shared;

/// Gives a conversation to another responder, or releases it.
pub(super) async fn control(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let request = thread_control::check(body?, &shared.rules())?;
        shared.change(|world| {
            let user = world.users.find(&request.user.recipient).map(|user| user.id);
            let user = user.ok_or_else(|| GraphError::violates(Rule::Undeliverable))?;
            world.account.number_mut(number).set_standby(user, request.is_passed);
            Ok(json!({ "success": true }))
        })
    });
    respond(&shared, &call.version, result)
}
