//! Event of any other part of a notification.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, WabaId};

use crate::json::KEYWORD_MAX;

/// Part of a notification that is neither a usable message nor a usable status. `Debug` hides its content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherEvent {
    /// WhatsApp Business Account that the part concerns, if it could be read.
    pub waba_id: Option<WabaId>,
    /// Business number that the part concerns, if there is one.
    pub phone_number_id: Option<PhoneNumberId>,
    /// Short description such as `field:account_update` or `message without an id`, at most [`OtherEvent::REASON_MAX`]
    /// characters long. Apart from Meta's name of a field it holds nothing of the content, so it can be logged.
    pub reason: String,
    /// Raw JSON of the part. A slice of the body.
    pub raw: Bytes,
}

impl OtherEvent {
    /// Longest `reason`, in characters.
    pub const REASON_MAX: usize = KEYWORD_MAX;

    pub(super) fn new(
        waba_id: Option<WabaId>,
        phone_number_id: Option<PhoneNumberId>,
        reason: &str,
        raw: Bytes,
    ) -> Self {
        Self { waba_id, phone_number_id, reason: reason.chars().take(Self::REASON_MAX).collect(), raw }
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
    fn a_long_reason_is_cut_between_characters() {
        let event = OtherEvent::new(None, None, &"é".repeat(100), Bytes::new());
        assert_eq!(event.reason, "é".repeat(64));
    }
}
