//! Event of the owner of a conversation.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};

/// Change of the owner of a conversation that several responders share (`messaging_handovers`). `Debug` hides the user and the metadata.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandoverEvent {
    /// Business number.
    pub phone_number_id: PhoneNumberId,
    /// User of the conversation.
    pub user: UserProfile,
    /// Meta's name of the change: `control_passed` tells the new owner, and `control_taken` the previous one.
    pub change: String,
    /// Role of the previous owner, such as `ai_agent`.
    pub previous_owner: Option<String>,
    /// Role of the new owner.
    pub new_owner: Option<String>,
    /// Text of the previous owner for the new one.
    pub metadata: Option<String>,
    /// Time of the change, in seconds since the Unix epoch. 0 if the webhook states none.
    pub timestamp: i64,
    /// Raw JSON of the change. A slice of the body.
    pub raw: Bytes,
}

impl fmt::Debug for HandoverEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandoverEvent")
            .field("phone_number_id", &self.phone_number_id)
            .field("change", &self.change)
            .field("previous_owner", &self.previous_owner)
            .field("new_owner", &self.new_owner)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
