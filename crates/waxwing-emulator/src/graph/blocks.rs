//! `GET`, `POST` and `DELETE /{version}/{phone_number_id}/block_users`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::Call;
use super::object::number;
use super::reply::{Page, json_body, page, reply};
use crate::app::App;
use crate::rules::{GraphError, block};
use crate::world::NumberId;
use crate::world::blocks::Blocking;

pub(super) async fn list(State(app): State<Arc<App>>, call: Call, Query(which): Query<Page>) -> Response {
    let result = number(&app, &call).and_then(|number| page(&app.look().blocked(number), &which));
    reply(&app, &call.version, result)
}

pub(super) async fn add(State(app): State<Arc<App>>, call: Call, body: Result<Bytes, BytesRejection>) -> Response {
    change(&app, &call, body, Blocking::Block)
}

pub(super) async fn remove(State(app): State<Arc<App>>, call: Call, body: Result<Bytes, BytesRejection>) -> Response {
    change(&app, &call, body, Blocking::Unblock)
}

fn change(app: &Arc<App>, call: &Call, body: Result<Bytes, BytesRejection>, blocking: Blocking) -> Response {
    match apply(app, call, body, blocking) {
        Ok((body, true)) => reply(app, &call.version, Ok(body)),
        // Meta tells what was done beside the error.
        Ok((mut body, false)) => {
            let error = block::partly_failed();
            let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::BAD_REQUEST);
            body["error"] = error.body(&app.look().trace())["error"].take();
            (status, Json(body)).into_response()
        }
        Err(error) => reply(app, &call.version, Err(error)),
    }
}

/// The answer, and whether all went well.
fn apply(
    app: &Arc<App>,
    call: &Call,
    body: Result<Bytes, BytesRejection>,
    blocking: Blocking,
) -> Result<(Value, bool), GraphError> {
    let number: NumberId = number(app, call)?;
    let users = block::check(&json_body(body)?, &app.settings.rules)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    app.change(|world| {
        for user in users {
            let mut item = json!({ "input": user.input });
            match world.block(number, &user, blocking) {
                Ok((key, value)) => {
                    item[key] = value.into();
                    done.push(item);
                }
                Err(error) => {
                    let trace = world.trace();
                    item["errors"] = json!([error.body(&trace)["error"].take()]);
                    failed.push(item);
                }
            }
        }
    });
    let all_went_well = failed.is_empty();
    let mut users = json!({ blocking.word(): done });
    if !all_went_well {
        users["failed_users"] = failed.into();
    }
    Ok((json!({ "messaging_product": "whatsapp", "block_users": users }), all_went_well))
}
