//! Event of a call.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{CallId, PhoneNumberId, UserProfile};

/// Event of a call (`calls`). `Debug` hides the user and the session.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallEvent {
    /// Business number.
    pub phone_number_id: PhoneNumberId,
    /// Id of the call.
    pub id: CallId,
    /// Meta's name of the event: `connect` or `terminate`.
    pub event: String,
    /// Whether the user has called, and not the business.
    pub is_by_user: bool,
    /// The user.
    pub user: UserProfile,
    /// Time of the event, in seconds since the Unix epoch. 0 if the webhook states none.
    pub timestamp: i64,
    /// Session of the user, with `connect`.
    pub session: Option<CallSession>,
    /// Meta's name of the result, such as `COMPLETED` or `FAILED`, with `terminate`.
    pub status: Option<String>,
    /// The data that the business has stated for the call.
    pub callback_data: Option<String>,
    /// Raw JSON of the event. A slice of the body.
    pub raw: Bytes,
}

/// Session of a call: the description of a WebRTC connection (SDP, RFC 8866). `Debug` hides the description.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSession {
    /// `offer` or `answer`.
    pub sdp_type: String,
    /// Description.
    pub sdp: String,
}

impl CallEvent {
    /// Returns whether a user calls now, and the business can answer.
    pub fn rings(&self) -> bool {
        self.is_by_user && self.event == "connect"
    }
}

impl fmt::Debug for CallEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvent")
            .field("phone_number_id", &self.phone_number_id)
            .field("id", &self.id)
            .field("event", &self.event)
            .field("is_by_user", &self.is_by_user)
            .field("timestamp", &self.timestamp)
            .field("session", &self.session)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSession").field("sdp_type", &self.sdp_type).finish_non_exhaustive()
    }
}
