//! Event of a user's preference.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};

/// A user stopped or resumed a category of messages (`user_preferences`). `Debug` hides the user.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/reference/user-preferences>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreferenceEvent {
    /// Business number.
    pub phone_number_id: PhoneNumberId,
    /// The user.
    pub user: UserProfile,
    /// Meta's name of the category, such as `marketing_messages`.
    pub category: String,
    /// Meta's name of the choice: `stop` or `resume`.
    pub value: String,
    /// Time of the choice, in seconds since the Unix epoch. 0 if the webhook states none.
    pub timestamp: i64,
    /// Raw JSON of the preference. A slice of the body.
    pub raw: Bytes,
}

impl fmt::Debug for PreferenceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreferenceEvent")
            .field("phone_number_id", &self.phone_number_id)
            .field("category", &self.category)
            .field("value", &self.value)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
