//! The events themselves, owned and ready to be handed to another thread.

use std::fmt;

use bytes::Bytes;

use crate::lenient::WORD;
use waxwing_types::{GroupId, MessageId, PhoneNumberId, UserProfile, WabaId};

/// One update of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookEvent {
    /// A message that came in.
    Message(MessageEvent),
    /// A message that somebody of the business wrote in the Business app.
    MessageEcho(MessageEchoEvent),
    /// What became of a message that went out.
    Status(StatusEvent),
    /// A user who has other ids now.
    Identity(IdentityEvent),
    /// Anything else, to be kept as it is.
    Other(OtherEvent),
}

/// A message that came in: enough to store and route it.
///
/// `Debug` hides who wrote what.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageEvent {
    /// The account that the business number belongs to.
    pub waba_id: Option<WabaId>,
    /// The business number that the message was sent to.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the message: the key by which a repeated delivery is recognised.
    pub id: MessageId,
    /// When it was sent, in seconds since 1970; 0 if the webhook does not tell. Meta promises no order, and many messages share a second.
    pub timestamp: i64,
    /// Meta's name for the type of message, such as `text`; empty if the webhook does not tell.
    pub kind: String,
    /// Who wrote it.
    pub sender: UserProfile,
    /// The group that it was written in.
    pub group_id: Option<GroupId>,
    /// The message object, for [`InboundMessage::parse`](crate::InboundMessage::parse): a slice of the body.
    pub raw: Bytes,
}

/// A message that somebody of the business wrote to a user in the Business app, on a number that both the app and the Cloud API serve.
///
/// `Debug` hides what was written to whom.
///
/// <https://developers.facebook.com/docs/whatsapp/embedded-signup/custom-flows/onboarding-business-app-users>
#[derive(Clone, PartialEq, Eq)]
pub struct MessageEchoEvent {
    /// The account that the business number belongs to.
    pub waba_id: Option<WabaId>,
    /// The business number that the message was sent from.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the message: the key by which a repeated delivery is recognised.
    pub id: MessageId,
    /// When it was sent, in seconds since 1970; 0 if the webhook does not tell.
    pub timestamp: i64,
    /// Meta's name for the type of message, such as `text`; empty if the webhook does not tell.
    pub kind: String,
    /// To whom it was written.
    pub recipient: UserProfile,
    /// The message object, for [`InboundMessage::parse`](crate::InboundMessage::parse): a slice of the body.
    pub raw: Bytes,
}

/// What became of a message that went out.
///
/// Statuses come in any order and more than once; [`DeliveryStatus::rank`] tells which of two is the later one. `Debug` hides
/// people and callback data.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusEvent {
    /// The business number that the message was sent from.
    pub phone_number_id: PhoneNumberId,
    /// The message that this is about.
    pub id: MessageId,
    /// What happened to it.
    pub status: DeliveryStatus,
    /// When it happened, in seconds since 1970; 0 if the webhook does not tell.
    pub timestamp: i64,
    /// In a group: the participant to whom it happened, by business-scoped id if there is one. Together with `id` and `status` this is
    /// the key by which a repeated delivery is recognised.
    pub participant: Option<String>,
    /// The `biz_opaque_callback_data` that the message was sent with.
    pub callback_data: Option<String>,
    /// Why it failed. With any other status these are remarks.
    pub errors: Vec<StatusError>,
    /// The status object: a slice of the body.
    pub raw: Bytes,
}

/// What happened to a message that went out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// It has left Meta.
    Sent,
    /// It is on the user's device.
    Delivered,
    /// The user has seen it.
    Read,
    /// The user has listened to it; voice notes only.
    Played,
    /// It will not arrive.
    Failed,
    /// A status that this crate does not know, by Meta's name.
    Other(String),
}

impl DeliveryStatus {
    /// Its place in the life of a message; the highest that has come is the true one.
    ///
    /// An unknown status has the lowest place, so it never hides a known one. `Failed` is final and has the highest.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Other(_) => 0,
            Self::Sent => 1,
            Self::Delivered => 2,
            Self::Read => 3,
            Self::Played => 4,
            Self::Failed => 5,
        }
    }

    /// Meta's name for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for DeliveryStatus {
    fn from(name: &str) -> Self {
        match name {
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "played" => Self::Played,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One of the reasons that come with a status.
///
/// `Debug` shows the code only: Meta's texts may name a phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusError {
    /// Meta's code, the part to branch on; 0 if there is none.
    pub code: i64,
    /// A short text, in English.
    pub title: String,
    /// A longer one.
    pub details: Option<String>,
}

/// A user who has other ids now, because the phone number or the business-scoped id has changed.
///
/// Meta tells it by a message of the type `system`, which comes as a [`MessageEvent`] as well, or by the webhook field `user_id_update`. It may come after messages
/// that bear the new ids. `Debug` hides who it is.
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityEvent {
    /// The business number that it was told to.
    pub phone_number_id: Option<PhoneNumberId>,
    /// When it happened, in seconds since 1970; 0 if the webhook does not tell.
    pub timestamp: i64,
    /// What is told of the old ids; at least one.
    pub old: UserProfile,
    /// What is told of the new ones; at least one.
    pub new: UserProfile,
    /// What tells it: a slice of the body.
    pub raw: Bytes,
}

/// A part of a webhook that is neither a usable message nor a usable status.
///
/// `Debug` hides its content.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherEvent {
    /// The account that it concerns, if that could be read.
    pub waba_id: Option<WabaId>,
    /// The business number that it concerns, if it is about one.
    pub phone_number_id: Option<PhoneNumberId>,
    /// What it is, such as `field:account_update` or `message without an id`. Apart from Meta's name of a field it holds nothing of
    /// the content, and it has at most [`OtherEvent::REASON_MAX`] characters.
    pub reason: String,
    /// The part itself: a slice of the body.
    pub raw: Bytes,
}

impl OtherEvent {
    /// The longest `what`, in characters.
    pub const REASON_MAX: usize = WORD;

    pub(super) fn new(
        waba_id: Option<WabaId>,
        phone_number_id: Option<PhoneNumberId>,
        reason: &str,
        raw: Bytes,
    ) -> Self {
        Self { waba_id, phone_number_id, reason: reason.chars().take(Self::REASON_MAX).collect(), raw }
    }
}

impl fmt::Debug for MessageEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("kind", &self.kind)
            .field("sender", &self.sender)
            .field("group_id", &self.group_id)
            .field("bytes", &self.raw.len())
            .finish()
    }
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

impl fmt::Debug for StatusEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusEvent")
            .field("phone_number_id", &self.phone_number_id)
            .field("id", &self.id)
            .field("status", &self.status)
            .field("timestamp", &self.timestamp)
            .field("participant", &self.participant.is_some())
            .field("callback_data", &self.callback_data.is_some())
            .field("errors", &self.errors)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

impl fmt::Debug for IdentityEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityEvent")
            .field("phone_number_id", &self.phone_number_id)
            .field("timestamp", &self.timestamp)
            .field("old", &self.old)
            .field("new", &self.new)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

impl fmt::Debug for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusError").field("code", &self.code).finish_non_exhaustive()
    }
}

impl fmt::Debug for OtherEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("reason", &self.reason)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_life_of_a_message() {
        let names = ["deleted", "sent", "delivered", "read", "played", "failed"];
        let ranks = names.map(|name| DeliveryStatus::from(name).rank());
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
        for name in names {
            assert_eq!(DeliveryStatus::from(name).as_str(), name);
        }
    }

    #[test]
    fn the_name_of_an_event_is_cut_at_a_character() {
        let event = OtherEvent::new(None, None, &"é".repeat(100), Bytes::new());
        assert_eq!(event.reason, "é".repeat(64));
    }
}
