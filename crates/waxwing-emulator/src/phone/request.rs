//! Requests of the page: errors, sending of messages.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::action::ActionError;
use crate::message::UserContent;
use crate::operations::action_targets;
use crate::operations::inbound::InboundOptions;
use crate::operations::user_messages;
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;
use crate::world::webhook_queues::QueueKey;

/// Error response, whose text the page shows to its user.
pub(super) type ErrorResponse = (StatusCode, Json<Value>);

pub(super) fn error(status: StatusCode, text: &str) -> ErrorResponse {
    (status, Json(json!({ "error": text })))
}

/// Place of a message of a user: the chat with a business number, or a group.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MessagePlace {
    /// Id of the quoted message.
    pub(super) reply_to: Option<String>,
    /// Id of the group.
    pub(super) group: Option<String>,
    /// `phone_number_id` of the business number. Default: the first number.
    pub(super) number: Option<String>,
}

/// Sends a message of a user.
pub(super) fn send(
    shared: &Shared,
    chat: u32,
    content: UserContent,
    place: MessagePlace,
) -> Result<Json<Value>, ErrorResponse> {
    let MessagePlace { reply_to, group, number } = place;
    let user = EmulatedUserId(chat);
    let sent = shared.change(|world| {
        if world.users.get(user).is_none() {
            return Err(error(StatusCode::NOT_FOUND, "This chat does not exist."));
        }
        if !world.webhooks.queues.has_room(&QueueKey::User(user)) {
            let text = "Too many messages are waiting for the webhook. Try again later.";
            return Err(error(StatusCode::TOO_MANY_REQUESTS, text));
        }
        let refused = |reason: ActionError| error(StatusCode::BAD_REQUEST, &reason.to_string());
        let number = action_targets::number(world, number.as_deref()).map_err(refused)?;
        let options = InboundOptions { reply_to, number, group, ..InboundOptions::default() };
        user_messages::send(world, user, content, &options).map_err(refused)
    });
    Ok(Json(json!({ "id": sent?.id })))
}
