//! Endpoints for tests in other languages: received messages, taps.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{ErrorResponse, MessagePlace, error, send};
use super::view;
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;

/// Maximum wait for a message, in seconds.
const MAX_WAIT: u64 = 60;

#[derive(Debug, Deserialize)]
pub(super) struct InboxQuery {
    /// Id of the last known message.
    after: Option<String>,
    /// Time to wait for a later message, in seconds.
    wait: Option<u64>,
}

/// Returns the messages of the business after a known message, oldest first. Waits for the first one.
pub(super) async fn messages(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Query(query): Query<InboxQuery>,
) -> Result<Json<Value>, ErrorResponse> {
    let id = EmulatedUserId(chat);
    let seen = {
        let world = shared.world();
        let missing = || error(StatusCode::NOT_FOUND, "This chat does not exist.");
        let user = world.users.get(id).ok_or_else(missing)?;
        // An unknown id is an error. The usual cause is an id that was not percent-encoded.
        let order = |id: &String| {
            let entry = user.visible(0).find(|entry| entry.message.id == *id);
            let missing = || error(StatusCode::NOT_FOUND, "This message does not exist. Percent-encode its id.");
            entry.map(|entry| entry.order).ok_or_else(missing)
        };
        query.after.as_ref().map(order).transpose()?
    };
    let permit = shared.waiting_permit();
    let _permit = permit.map_err(|reason| error(StatusCode::SERVICE_UNAVAILABLE, &reason.to_string()))?;
    let arrived = shared.wait(|world| {
        let user = world.users.get(id)?;
        let messages = user.visible(seen.map_or(0, |seen| seen + 1)).map(|entry| view::message(id, entry));
        let messages: Vec<_> = messages.collect();
        (!messages.is_empty()).then_some(messages)
    });
    let timeout = Duration::from_secs(query.wait.unwrap_or(0).min(MAX_WAIT));
    let messages = tokio::select! {
        biased;
        messages = arrived => messages,
        () = tokio::time::sleep(timeout) => Vec::new(),
        () = shared.stopped.cancelled() => Vec::new(),
    };
    Ok(Json(json!({ "messages": messages })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Tap {
    title: String,
    /// Id of the message. Default: the newest message that offers the title.
    message: Option<String>,
    /// Id of the choice, if the message offers the title more than once.
    id: Option<String>,
}

/// Taps a button, a list row or a quick reply.
pub(super) async fn tap(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Json(tap): Json<Tap>,
) -> Result<Json<Value>, ErrorResponse> {
    let user = EmulatedUserId(chat);
    let missing = || error(StatusCode::NOT_FOUND, "No message in this chat offers this choice.");
    let (choice, place) = {
        let world = shared.world();
        let person = world.users.get(user).ok_or_else(missing)?;
        let found = person.choice(tap.message.as_deref(), &tap.title, tap.id.as_deref());
        let (message, choice) = found.ok_or_else(missing)?;
        let entry = person.chat.find(&message).ok_or_else(missing)?;
        let (number, group) = (Some(entry.message.number.clone()), entry.message.group.clone());
        (choice, MessagePlace { reply_to: Some(message), group, number })
    };
    send(&shared, chat, choice.into_reply(), place)
}
