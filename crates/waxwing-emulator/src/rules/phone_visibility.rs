//! Visibility of a user's phone number to the business.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::unix_time;

/// Time for which a phone number stays visible after the last message.
pub(crate) const VISIBLE_AFTER_CONTACT: Duration = Duration::from_hours(30 * 24);

/// State that determines whether a phone number is visible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneVisibility {
    /// Time of the last message with a visible number.
    #[serde(with = "unix_time")]
    pub(crate) last_contact: Option<SystemTime>,
    /// Whether the contact book of the business portfolio contains the number.
    pub(crate) in_contact_book: bool,
}

impl PhoneVisibility {
    /// Returns whether the number is visible.
    ///
    /// Only users with a username hide their number. Their number stays visible for 30 days after the last message, and without a
    /// time limit if it is in the contact book.
    pub(crate) fn is_visible(self, has_username: bool, contact_book: bool, now: SystemTime) -> bool {
        let is_recent =
            self.last_contact.is_some_and(|at| now.duration_since(at).unwrap_or_default() < VISIBLE_AFTER_CONTACT);
        !has_username || is_recent || (contact_book && self.in_contact_book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: business-scoped user ids.
    #[test]
    fn a_username_hides_the_number() {
        #[track_caller]
        fn check(
            last_contact_days_ago: Option<u64>,
            in_contact_book: bool,
            [username, contact_book]: [bool; 2],
            expected: bool,
        ) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 100);
            let last_contact = last_contact_days_ago.map(|days| now - Duration::from_hours(24 * days));
            assert_eq!(
                PhoneVisibility { last_contact, in_contact_book }.is_visible(username, contact_book, now),
                expected
            );
        }
        check(None, false, [false, true], true);
        check(None, false, [true, true], false);
        check(Some(29), false, [true, false], true);
        check(Some(30), false, [true, false], false);
        check(Some(99), true, [true, true], true);
        check(Some(99), true, [true, false], false);
    }
}
