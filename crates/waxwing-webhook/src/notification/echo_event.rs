//! Event of a message echo.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{MessageId, PhoneNumberId, UserProfile, WabaId};

/// Message that the business sent to a user from the WhatsApp Business app. `Debug` hides the recipient and the content.
///
/// Meta sends message echoes for numbers that both the app and the Cloud API serve (webhook field `smb_message_echoes`).
///
/// <https://developers.facebook.com/docs/whatsapp/embedded-signup/custom-flows/onboarding-business-app-users>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEchoEvent {
    /// WhatsApp Business Account of the business number.
    pub waba_id: Option<WabaId>,
    /// Business number that sent the message.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the message. Use it for deduplication.
    pub id: MessageId,
    /// Time at which the message was sent, in seconds since 1970. 0 if the webhook does not state it.
    pub timestamp: i64,
    /// Meta's name of the message type, such as `text`. Empty if the webhook does not state it.
    pub kind: String,
    /// User who received the message.
    pub recipient: UserProfile,
    /// Raw JSON of the message, for [`InboundMessage::parse`](crate::InboundMessage::parse). A slice of the body.
    pub raw: Bytes,
}

impl fmt::Debug for MessageEchoEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageEchoEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("kind", &self.kind)
            .field("recipient", &self.recipient)
            .field("bytes", &self.raw.len())
            .finish()
    }
}
