//! Event of a delivery status.

use std::fmt;

use bytes::Bytes;
use serde_json::value::RawValue;
use waxwing_types::{Bsuid, MessageId, PhoneNumberId, WaId, WabaId};

use super::StatusPricing;
use crate::json::{self, JsonObject};

/// Delivery status of an outbound message. `Debug` hides the users, the callback data and Meta's
/// texts.
///
/// Meta can deliver a status more than once, and in any order. [`DeliveryStatus::rank`] orders two statuses of one message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusEvent {
    /// WhatsApp Business Account of the business number.
    pub waba_id: Option<WabaId>,
    /// Business number that sent the message.
    pub phone_number_id: PhoneNumberId,
    /// Meta's id of the message.
    pub id: MessageId,
    /// New status of the message.
    pub status: DeliveryStatus,
    /// Time of the status, in seconds since 1970. 0 if the webhook does not state it.
    pub timestamp: i64,
    /// Group participant that the status is about: the BSUID if Meta states it, else the WhatsApp id. Use it together with `id`
    /// and `status` for deduplication.
    pub participant: Option<String>,
    /// WhatsApp id of the user who received the message, in a group that of the participant. Absent if the user hides the phone number.
    pub recipient: Option<WaId>,
    /// BSUID of the same user.
    pub recipient_bsuid: Option<Bsuid>,
    /// Price of the message. Meta states it with some of the statuses only.
    pub pricing: Option<StatusPricing>,
    /// `biz_opaque_callback_data` of the message.
    pub callback_data: Option<String>,
    /// Errors. They are the reasons of a `failed` status, and remarks in other statuses.
    pub errors: Vec<StatusError>,
    /// Raw JSON of the status. A slice of the body.
    pub raw: Bytes,
}

/// Delivery status of an outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// Meta has sent the message to the user.
    Sent,
    /// The message is on the user's device.
    Delivered,
    /// The user has opened the chat with the message.
    Read,
    /// The user has played the voice note.
    Played,
    /// The message will not arrive.
    Failed,
    /// Status that this crate does not know, with Meta's name.
    Other(String),
}

impl DeliveryStatus {
    /// Returns the position in the life of a message, from 0 to 5. The status with the highest rank is the current one.
    ///
    /// An unknown status has rank 0, so it never hides a known one. `Failed` is final and has the highest rank.
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

    /// Returns Meta's name of the status.
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

/// Error that Meta reports with a status or a message. `Debug` shows the code only, because Meta's texts can contain a phone number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusError {
    /// Meta's error code. 0 if the webhook does not state it. Branch on the code, not on the texts.
    pub code: i64,
    /// Short English text.
    pub title: String,
    /// Longer English text.
    pub details: Option<String>,
}

impl StatusError {
    /// Reads `errors[]`. Items that are not JSON objects are left out.
    pub(crate) fn read_all(errors: &RawValue) -> Vec<Self> {
        json::items(errors).into_iter().flatten().filter_map(Self::read).collect()
    }

    /// Reads one error. Its `error_data` is an object or a plain string.
    fn read(raw: &RawValue) -> Option<Self> {
        let error = JsonObject::parse(raw.get())?;
        let details = match error.object("error_data") {
            Some(data) => data.string("details"),
            None => error.string("error_data"),
        };
        let title = error.string("title").or_else(|| error.string("message")).unwrap_or_default();
        Some(Self { code: error.integer("code").unwrap_or(0), title, details })
    }
}

impl fmt::Debug for StatusEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("id", &self.id)
            .field("status", &self.status)
            .field("timestamp", &self.timestamp)
            .field("participant", &self.participant.is_some())
            .field("recipient", &self.recipient.is_some())
            .field("recipient_bsuid", &self.recipient_bsuid.is_some())
            .field("pricing", &self.pricing)
            .field("callback_data", &self.callback_data.is_some())
            .field("errors", &self.errors)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

impl fmt::Debug for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusError").field("code", &self.code).finish_non_exhaustive()
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
}
