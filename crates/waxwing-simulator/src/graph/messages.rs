//! `POST /{version}/{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::Call;
use super::reply::{json_body, reply};
use crate::Outcome;
use crate::app::App;
use crate::connection::Connection;
use crate::rules::GraphError;
use crate::rules::message::{self, Request, Send};
use crate::world::{Fate, NumberId};

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
        Ok((_, Request::Receipt(receipt))) => {
            let result = app.change(|world| {
                let result = world.receipt(&receipt);
                if let Err(error) = &result {
                    world.broken(error);
                }
                result
            });
            reply(&app, &call.version, result.map(|()| json!({ "success": true })))
        }
        Ok((number, Request::Send(send))) => {
            send_message(&app, &call, number, send, connection.map(|Extension(ConnectInfo(it))| it)).await
        }
    }
}

fn read(app: &App, call: &Call, body: Result<Bytes, BytesRejection>) -> Result<(NumberId, Request), GraphError> {
    let number = app.look().account.find_or_refuse(&call.id)?;
    let request = message::check(&json_body(body)?, &app.settings.rules)?;
    Ok((number, request))
}

async fn send_message(
    app: &Arc<App>,
    call: &Call,
    number: NumberId,
    send: Send,
    connection: Option<Connection>,
) -> Response {
    let outcome = app.look().take_outcome();
    match outcome {
        None => reply(app, &call.version, accept(app, number, send, Fate::Arrives)),
        Some(Outcome::AcceptThenFail { code }) => {
            reply(app, &call.version, accept(app, number, send, Fate::Fails { code }))
        }
        Some(Outcome::Error { code, http }) => {
            app.change(|world| world.refused(code, http));
            reply(app, &call.version, Err(GraphError::new(http, code)))
        }
        Some(Outcome::ServerErrorWithoutJson) => {
            app.change(|world| world.refused(0, StatusCode::BAD_GATEWAY.as_u16()));
            (StatusCode::BAD_GATEWAY, Html("<html><body><h1>502 Bad Gateway</h1></body></html>")).into_response()
        }
        Some(Outcome::DropConnection) => {
            app.change(|world| world.refused(0, 0));
            cut(connection)
        }
        Some(Outcome::AcceptThenDropConnection) => match accept(app, number, send, Fate::Arrives) {
            Ok(_) => cut(connection),
            Err(error) => reply(app, &call.version, Err(error)),
        },
        Some(Outcome::Delay(delay)) => {
            let result = accept(app, number, send, Fate::Arrives);
            tokio::select! {
                () = app.clock.sleep(delay) => {}
                () = app.stopped.cancelled() => {}
            }
            reply(app, &call.version, result)
        }
    }
}

fn accept(app: &Arc<App>, number: NumberId, send: Send, fate: Fate) -> Result<Value, GraphError> {
    let accepted = app.change(|world| {
        let accepted = world.accept(number, send, fate);
        if let Err(error) = &accepted {
            world.broken(error);
        }
        accepted
    })?;
    Ok(json!({
        "messaging_product": "whatsapp",
        "contacts": [accepted.contact],
        "messages": [{ "id": accepted.id, "message_status": "accepted" }],
    }))
}

/// Closes the connection in place of an answer.
fn cut(connection: Option<Connection>) -> Response {
    if let Some(connection) = connection {
        connection.cut();
    }
    StatusCode::BAD_GATEWAY.into_response()
}
