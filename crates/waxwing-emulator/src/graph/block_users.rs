//! `GET`, `POST` and `DELETE /{version}/{phone_number_id}/block_users`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::Call;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::respond;
use crate::operations::block_list::{self, BlockListChange};
use crate::rules::{GraphError, block_list as rules};
use crate::shared::Shared;

pub(super) async fn list(State(shared): State<Arc<Shared>>, call: Call, request: PageRequest) -> Response {
    let users = call.number(&shared).map(|number| block_list::list(&shared.world(), number));
    respond(&shared, &call.version, users.and_then(|users| page(&users, &request)))
}

pub(super) async fn add(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    change(&shared, &call, body, BlockListChange::Block)
}

pub(super) async fn remove(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    change(&shared, &call, body, BlockListChange::Unblock)
}

fn change(shared: &Shared, call: &Call, body: Result<Value, GraphError>, change: BlockListChange) -> Response {
    match apply(shared, call, body, change) {
        Ok((body, true)) => respond(shared, &call.version, Ok(body)),
        // Meta lists the changed users next to the error.
        Ok((mut body, false)) => {
            let error = rules::partly_failed();
            let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::BAD_REQUEST);
            body["error"] = error.body(&shared.world().runtime.ids.trace())["error"].take();
            (status, Json(body)).into_response()
        }
        Err(error) => respond(shared, &call.version, Err(error)),
    }
}

/// Changes the block list. Returns the response body, and whether all users were changed.
fn apply(
    shared: &Shared,
    call: &Call,
    body: Result<Value, GraphError>,
    change: BlockListChange,
) -> Result<(Value, bool), GraphError> {
    let number = call.number(shared)?;
    let users = rules::check(body?, &shared.rules())?;
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    shared.change(|world| {
        for user in users {
            let mut item = json!({ "input": user.input });
            match block_list::change(world, number, &user, change) {
                Ok((key, value)) => {
                    item[key] = value.into();
                    changed.push(item);
                }
                Err(error) => {
                    let trace = world.runtime.ids.trace();
                    item["errors"] = json!([error.body(&trace)["error"].take()]);
                    failed.push(item);
                }
            }
        }
    });
    let is_complete = failed.is_empty();
    let mut users = json!({ change.response_key(): changed });
    if !is_complete {
        users["failed_users"] = failed.into();
    }
    Ok((json!({ "messaging_product": "whatsapp", "block_users": users }), is_complete))
}
