//! Requests of the page: errors, sending of messages.

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::message::UserContent;
use crate::operations::inbound::{self, InboundOptions};
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;
use crate::world::webhook_queues::QueueKey;

/// Error response, whose text the page shows to its user.
pub(super) type ErrorResponse = (StatusCode, Json<Value>);

pub(super) fn error(status: StatusCode, text: &str) -> ErrorResponse {
    (status, Json(json!({ "error": text })))
}

/// Sends a message of a user.
pub(super) fn send(
    shared: &Shared,
    chat: u32,
    content: UserContent,
    reply_to: Option<String>,
) -> Result<Json<Value>, ErrorResponse> {
    let user = EmulatedUserId(chat);
    if !shared.world().webhooks.queues.has_room(&QueueKey::User(user)) {
        let text = "Too many messages are waiting for the webhook. Try again later.";
        return Err(error(StatusCode::TOO_MANY_REQUESTS, text));
    }
    let options = InboundOptions { reply_to, ..InboundOptions::default() };
    let id = shared.change(|world| inbound::send(world, user, content, &options));
    let id = id.ok_or_else(|| error(StatusCode::NOT_FOUND, "This chat does not exist."))?;
    Ok(Json(json!({ "id": id })))
}
