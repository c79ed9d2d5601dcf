//! When the business sees a phone number.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use std::time::{Duration, SystemTime};

/// How long a number stays known that wrote to the business, or was written to. cloud-api 1.3 (Meta: business-scoped user ids).
pub(crate) const KNOWN: Duration = Duration::from_hours(30 * 24);

/// What decides whether a number shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Acquaintance {
    /// When the business last had to do with this number, seeing it.
    pub(crate) last_seen: Option<SystemTime>,
    /// Whether Meta's contact book of the portfolio has the number with its BSUID.
    pub(crate) in_book: bool,
}

impl Acquaintance {
    /// Whether the number shows. Only people with a username hide it; from these it shows for 30 days after the last message, and
    /// for ever if it is in the contact book and that is switched on. cloud-api 1.3 (Meta: business-scoped user ids).
    pub(crate) fn shows(self, has_username: bool, contact_book: bool, now: SystemTime) -> bool {
        let known = self.last_seen.is_some_and(|at| now.duration_since(at).unwrap_or_default() < KNOWN);
        !has_username || known || (contact_book && self.in_book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// cloud-api 1.3.
    #[test]
    fn who_hides_a_number() {
        #[track_caller]
        fn check(last_seen_days_ago: Option<u64>, in_book: bool, [username, contact_book]: [bool; 2], expected: bool) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 100);
            let last_seen = last_seen_days_ago.map(|days| now - Duration::from_hours(24 * days));
            assert_eq!(Acquaintance { last_seen, in_book }.shows(username, contact_book, now), expected);
        }
        check(None, false, [false, true], true);
        check(None, false, [true, true], false);
        check(Some(29), false, [true, false], true);
        check(Some(30), false, [true, false], false);
        check(Some(99), true, [true, true], true);
        check(Some(99), true, [true, false], false);
    }
}
