//! Registration of a number: `POST /{version}/{phone_number_id}/register`, `deregister`, `request_code`, `verify_code`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use serde_json::{Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::rules::GraphError;
use crate::rules::registration::{self, RegistrationRequest};
use crate::shared::Shared;

/// Returns the endpoint of a request.
pub(super) fn endpoint(request: RegistrationRequest) -> MethodRouter<Arc<Shared>> {
    post(move |State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters| async move {
        change(&shared, &call, body, request)
    })
}

/// Changes the state of a number. A number that is not registered cannot send.
fn change(shared: &Shared, call: &Call, body: Result<Value, GraphError>, request: RegistrationRequest) -> Response {
    let result = call.number(shared).and_then(|number| {
        registration::check(request, body?, &shared.rules())?;
        shared.change(|world| {
            let fields = &mut world.account.number_mut(number).fields;
            for (field, value) in request.changed_fields() {
                fields.insert((*field).to_owned(), (*value).into());
            }
        });
        Ok(json!({ "success": true }))
    });
    respond(shared, &call.version, result)
}
