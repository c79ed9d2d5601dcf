//! `POST /{version}/{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::Call;
use super::faults;
use super::reply::{json_body, reply};
use crate::GraphEndpoint;
use crate::app::App;
use crate::connection::Connection;
use crate::rules::GraphError;
use crate::rules::message::{self, Request, Send};
use crate::world::{Fate, NumberId};

/// How long a status that comes first may take, in real time.
const STATUS_FIRST: Duration = Duration::from_secs(10);

pub(super) async fn send(
    State(app): State<Arc<App>>,
    call: Call,
    connection: Option<Extension<ConnectInfo<Connection>>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match read(&app, &call, body) {
        Err(error) => {
            app.change(|world| world.broken(&error));
            reply(&app, &call.version, Err(error))
        }
        Ok((number, Request::Receipt(receipt))) => {
            let outcome = app.look().faults.graph(GraphEndpoint::Receipt);
            let usual = async {
                let result = app.change(|world| {
                    let result = world.receipt(number, &receipt);
                    if let Err(error) = &result {
                        world.broken(error);
                    }
                    result
                });
                reply(&app, &call.version, result.map(|()| json!({ "success": true })))
            };
            faults::play(&app, &call.version, faults::socket(connection), outcome, usual).await
        }
        Ok((number, Request::Send(send))) => {
            let outcome = app.look().faults.graph(GraphEndpoint::Send);
            let fate = faults::fate(outcome.as_ref());
            let usual = async { reply(&app, &call.version, accept(&app, number, *send, fate).await) };
            faults::play(&app, &call.version, faults::socket(connection), outcome, usual).await
        }
    }
}

fn read(app: &App, call: &Call, body: Result<Bytes, BytesRejection>) -> Result<(NumberId, Request), GraphError> {
    let number = app.look().account.find_or_refuse(&call.id)?;
    let request = message::check(&json_body(body)?, &app.settings.rules)?;
    Ok((number, request))
}

async fn accept(app: &Arc<App>, number: NumberId, send: Send, fate: Fate) -> Result<Value, GraphError> {
    let accepted = app.change(|world| {
        let accepted = world.accept(number, send, fate);
        if let Err(error) = &accepted {
            world.broken(error);
        }
        accepted
    })?;
    if fate == Fate::StatusFirst {
        let told = app.wait(|world| world.is_told(&accepted.id).then_some(()));
        // A webhook that never answers must not keep the caller for ever.
        let _ = tokio::time::timeout(STATUS_FIRST, told).await;
    }
    Ok(json!({
        "messaging_product": "whatsapp",
        "contacts": [accepted.contact],
        "messages": [{ "id": accepted.id, "message_status": "accepted" }],
    }))
}
