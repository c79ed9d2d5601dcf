//! Detection of webhook items that are too old for the deduplication.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{Retention, Timestamp};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::WebhookEvent;

/// Reason of quarantined items that are stale.
pub(crate) const STALE: &str = "stale";

/// Tolerated difference between the clock of the process and the clock of Meta.
const CLOCK_TOLERANCE: Duration = Duration::from_hours(1);

/// Detects items whose ids the deduplication may have forgotten. A signature is valid without limit, so a recorded webhook could be replayed then.
#[derive(Debug)]
pub(crate) struct ReplayGuard {
    /// Age from which an item is stale; `None` if ids are never forgotten.
    max_age: Option<Duration>,
    count: AtomicU64,
}

impl ReplayGuard {
    pub(crate) fn new(retention: &Retention) -> Self {
        let max_age = retention.recognizes_duplicates_for().map(|period| period.saturating_sub(CLOCK_TOLERANCE));
        Self { max_age, count: AtomicU64::new(0) }
    }

    /// Returns whether an item with this time of sending, in seconds, is stale at `now`. Counts the item then.
    pub(crate) fn is_stale(&self, sent_at: i64, now: Timestamp) -> bool {
        // 0 stands for a time that is missing.
        let age = now.since(Timestamp::from_millis(sent_at.saturating_mul(1000)));
        if sent_at <= 0 || self.max_age.is_none_or(|max_age| age < max_age) {
            return false;
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        // Each doubling is logged, because a replay may contain any number of items.
        if count.is_power_of_two() {
            tracing::warn!(count, "stale webhook items quarantined; possible replay, or a wrong clock");
        }
        true
    }

    /// Returns the number of stale items.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// Returns the time of sending, the business number and the data of an event that must not be replayed. Messages in standby have no number: an operator
/// who requeues one with a number would make it a message to this business.
///
/// A repeated status changes nothing, and a late status may resolve a send in doubt, so statuses are never stale.
pub(crate) fn subject(event: &WebhookEvent) -> Option<(i64, Option<PhoneNumberId>, Bytes)> {
    match event {
        WebhookEvent::Message(event) => Some((event.timestamp, Some(event.phone_number_id.clone()), event.raw.clone())),
        WebhookEvent::MessageEcho(event) => {
            Some((event.timestamp, Some(event.phone_number_id.clone()), event.raw.clone()))
        }
        WebhookEvent::StandbyMessage(event) => Some((event.timestamp, None, event.raw.clone())),
        WebhookEvent::StandbyEcho(event) => Some((event.timestamp, None, event.raw.clone())),
        WebhookEvent::Identity(event) => Some((event.timestamp, event.phone_number_id.clone(), event.raw.clone())),
        WebhookEvent::Call(event) => Some((event.timestamp, Some(event.phone_number_id.clone()), event.raw.clone())),
        WebhookEvent::Handover(event) => {
            Some((event.timestamp, Some(event.phone_number_id.clone()), event.raw.clone()))
        }
        WebhookEvent::Status(_)
        | WebhookEvent::Preference(_)
        | WebhookEvent::Template(_)
        | WebhookEvent::Account(_)
        | WebhookEvent::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[track_caller]
    fn check(keep: Option<Duration>, age: Duration, expected: bool) {
        let now = Timestamp::from_millis(1_767_225_600_000);
        let guard = ReplayGuard::new(&Retention { deduplication: keep, ..Retention::default() });
        let sent_at = now.before(age).as_millis() / 1000;
        assert_eq!(guard.is_stale(sent_at, now), expected, "{keep:?} {age:?}");
        assert_eq!(guard.count(), u64::from(expected));
    }

    #[test]
    fn an_item_is_stale_before_its_id_is_forgotten() {
        check(Some(9 * DAY), Duration::ZERO, false);
        check(Some(9 * DAY), Duration::from_secs(215 * 3600 - 1), false);
        check(Some(9 * DAY), Duration::from_hours(215), true);
        // The store keeps ids for at least 8 days. Meta repeats a webhook for up to 7 days.
        check(Some(DAY), 7 * DAY, false);
        check(Some(DAY), 8 * DAY, true);
        check(None, 1000 * DAY, false);
        let guard = ReplayGuard::new(&Retention::default());
        assert!(!guard.is_stale(0, Timestamp::from_millis(1_767_225_600_000)), "a missing time is no age");
    }
}
