//! Event of an inbound message.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{GroupId, MessageId, PhoneNumberId, UserProfile, WabaId};

/// Message that a user sent, with the fields that storing and routing need. `Debug` hides the sender and the content.
///
/// Meta can deliver the same message more than once, and in any order.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEvent {
    /// WhatsApp Business Account of the business number.
    pub waba_id: Option<WabaId>,
    /// Business number that received the message.
    pub phone_number_id: PhoneNumberId,
    /// Phone number of the business number, in digits.
    pub display_phone_number: Option<String>,
    /// Meta's id of the message. Use it for deduplication.
    pub id: MessageId,
    /// Time at which the message was sent, in seconds since 1970. 0 if the webhook does not state it. Many messages can have the
    /// same second.
    pub timestamp: i64,
    /// Meta's name of the message type, such as `text`. Empty if the webhook does not state it.
    pub kind: String,
    /// User who sent the message.
    pub sender: UserProfile,
    /// Group in which the message was sent.
    pub group_id: Option<GroupId>,
    /// Raw JSON of the message, for [`InboundMessage::parse`](crate::InboundMessage::parse). A slice of the body.
    pub raw: Bytes,
}

impl fmt::Debug for MessageEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("display_phone_number", &self.display_phone_number.is_some())
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("kind", &self.kind)
            .field("sender", &self.sender)
            .field("group_id", &self.group_id)
            .field("bytes", &self.raw.len())
            .finish()
    }
}
