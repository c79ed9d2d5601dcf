//! History of the messages of a number.

use std::fmt;

use serde::Deserialize;
use waxwing_types::MessageId;

use super::Number;
use crate::paging::Paged;

/// Message that the number has sent, with the events of its delivery. It has no text.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-history-api>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageHistory {
    /// Id of the entry.
    pub id: String,
    /// Id of the message.
    pub message: MessageId,
    /// Events, oldest first.
    pub events: Vec<MessageHistoryEvent>,
}

/// Event of the delivery of a message. `Debug` hides the URL.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessageHistoryEvent {
    /// State of the delivery, such as `DELIVERED`.
    pub delivery_status: Option<String>,
    /// State of the webhook about it, such as `DELIVERED`, `RETRYING` or `FAILED`.
    pub webhook_update_state: Option<String>,
    /// Unix time, in seconds.
    pub timestamp: Option<u64>,
    /// URL that the webhook goes to.
    pub webhook_uri: Option<String>,
}

impl<'a> Number<'a> {
    /// Lists the messages that the number has sent with the events of their delivery, or those of one message.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-history-api>
    pub fn message_history(&self, message: Option<&MessageId>) -> Paged<'a, MessageHistory> {
        let message = message.map(|id| ("message_id", id.as_str().to_owned()));
        let fields = ("fields", "id,message_id,events".to_owned());
        self.node.list("message_history", message.into_iter().chain([fields]).collect())
    }
}

impl<'de> Deserialize<'de> for MessageHistory {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Entry {
            id: String,
            message_id: MessageId,
            #[serde(default)]
            events: Events,
        }

        #[derive(Deserialize, Default)]
        struct Events {
            #[serde(default)]
            data: Vec<MessageHistoryEvent>,
        }

        let Entry { id, message_id, events } = Entry::deserialize(deserializer)?;
        Ok(Self { id, message: message_id, events: events.data })
    }
}

impl fmt::Debug for MessageHistoryEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageHistoryEvent")
            .field("delivery_status", &self.delivery_status)
            .field("webhook_update_state", &self.webhook_update_state)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
