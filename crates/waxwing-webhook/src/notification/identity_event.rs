//! Event of a change of a user's ids.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};

/// Change of a user's ids: a new phone number or a new business-scoped id. `Debug` hides the ids.
///
/// Meta reports the change as a message of type `system`, which is a [`MessageEvent`](crate::MessageEvent) as well, or in the
/// webhook field `user_id_update`. The report can arrive after messages that carry the new ids.
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdentityEvent {
    /// Business number that received the report.
    pub phone_number_id: Option<PhoneNumberId>,
    /// Time of the change, in seconds since 1970. 0 if the webhook does not state it.
    pub timestamp: i64,
    /// Old ids; at least one.
    pub old: UserProfile,
    /// New ids; at least one.
    pub new: UserProfile,
    /// Raw JSON of the report. A slice of the body.
    pub raw: Bytes,
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
