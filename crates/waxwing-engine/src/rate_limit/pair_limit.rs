//! The pair rate limit: messages from one business number to one user.
//!
//! Meta allows one message per interval. A burst may exceed the limit as a debt: after n messages in one interval the pair is closed for n
//! intervals. If Meta refuses a message nevertheless, Meta has counted differently, and the refusal decides.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits>

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::ConversationId;

use crate::settings::RateLimitSettings;

/// Pairs without debt are removed in bulk at this number of pairs.
const CLEANUP_AT: usize = 10_000;

/// Longest time for which a refusal closes a pair.
const MAX_REFUSAL: Duration = Duration::from_mins(10);

/// The pairs that have sent lately, by conversation.
#[derive(Debug, Default)]
pub(super) struct PairLimits {
    pairs: HashMap<ConversationId, Pair>,
    cleanup_at: usize,
}

/// The messages of one interval.
#[derive(Debug, Clone, Copy)]
struct Pair {
    began: Instant,
    count: u32,
    /// The time at which the debt of the interval is paid.
    paid: Instant,
    /// Number of refusals by Meta in a row.
    refusals: u32,
}

impl PairLimits {
    /// Returns how long the next message has to wait.
    pub(super) fn wait(&self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) -> Duration {
        match self.pairs.get(&conversation) {
            Some(pair) if !pair.has_burst_left(now, settings) => pair.paid.saturating_duration_since(now),
            _ => Duration::ZERO,
        }
    }

    /// Counts a message.
    pub(super) fn count(&mut self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) {
        let interval = settings.pair_interval;
        if interval.is_zero() {
            return;
        }
        let pair = self.pairs.entry(conversation).or_insert(Pair::new(now));
        if pair.has_burst_left(now, settings) {
            pair.count += 1;
            pair.paid += interval;
        } else {
            *pair = Pair { count: 1, paid: now + interval, refusals: pair.refusals, ..Pair::new(now) };
        }
        self.clean_up(now);
    }

    /// Records that Meta accepted a message. After a refusal the pair gets no burst for one interval.
    pub(super) fn record_accepted(&mut self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) {
        if let Some(pair) = self.pairs.get_mut(&conversation)
            && pair.refusals > 0
        {
            let open_at = pair.paid.max(now + settings.pair_interval);
            *pair = Pair { count: settings.pair_burst, paid: open_at, ..Pair::new(now) };
        }
    }

    /// Records that Meta refused a message because of the pair rate limit, and returns for how long the pair is closed.
    ///
    /// The n-th refusal in a row, n from 0, closes the pair for 4ⁿ seconds, as Meta recommends, or for `retry_after`, and in any case until its
    /// debt is paid.
    pub(super) fn record_refused(
        &mut self,
        conversation: ConversationId,
        now: Instant,
        retry_after: Option<Duration>,
    ) -> Duration {
        let pair = self.pairs.entry(conversation).or_insert(Pair::new(now));
        let backoff = Duration::from_secs(4u64.saturating_pow(pair.refusals));
        let closed_for = backoff.max(retry_after.unwrap_or_default()).min(MAX_REFUSAL);
        let open_at = pair.paid.max(now + closed_for);
        *pair = Pair { count: u32::MAX, paid: open_at, refusals: pair.refusals.saturating_add(1), ..Pair::new(now) };
        self.clean_up(now);
        open_at - now
    }

    fn clean_up(&mut self, now: Instant) {
        if self.pairs.len() >= self.cleanup_at.max(CLEANUP_AT) {
            self.pairs.retain(|_, pair| pair.paid > now);
            self.cleanup_at = self.pairs.len() * 2;
        }
    }
}

impl Pair {
    fn new(now: Instant) -> Self {
        Self { began: now, count: 0, paid: now, refusals: 0 }
    }

    /// Returns true while the burst of the interval may go on.
    fn has_burst_left(self, now: Instant, settings: &RateLimitSettings) -> bool {
        now < self.began + settings.pair_interval && self.count < settings.pair_burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ConversationId = ConversationId(1);

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Pairs with a clock that the test advances.
    struct Fixture {
        pairs: PairLimits,
        settings: RateLimitSettings,
        now: Instant,
    }

    impl Fixture {
        fn new() -> Self {
            Self { pairs: PairLimits::default(), settings: RateLimitSettings::default(), now: Instant::now() }
        }

        fn wait(&self, conversation: ConversationId) -> Duration {
            self.pairs.wait(conversation, self.now, &self.settings)
        }

        /// Sends up to `count` messages to Ana until one has to wait, and returns their number.
        fn burst(&mut self, count: usize) -> usize {
            (0..count).take_while(|_| self.sends()).count()
        }

        fn sends(&mut self) -> bool {
            let is_allowed = self.wait(ANA).is_zero();
            if is_allowed {
                self.pairs.count(ANA, self.now, &self.settings);
            }
            is_allowed
        }

        /// Sends a message to Ana that Meta refuses, and returns for how long the pair is closed.
        #[track_caller]
        fn refused(&mut self) -> Duration {
            assert!(self.sends());
            self.pairs.record_refused(ANA, self.now, None)
        }
    }

    #[test]
    fn after_a_burst_of_twenty_the_pair_is_closed_for_two_minutes() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.burst(20), 20);
        fixture.now += secs(6);
        assert_eq!(fixture.wait(ANA), secs(114));
        assert_eq!(fixture.wait(ConversationId(2)), Duration::ZERO, "another pair is open");
        fixture.now += secs(114);
        assert_eq!(fixture.wait(ANA), Duration::ZERO);
    }

    #[test]
    fn a_burst_ends_at_forty_five() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.burst(60), 45);
        assert_eq!(fixture.wait(ANA), secs(45 * 6));
    }

    #[test]
    fn one_message_per_interval_never_waits() {
        let mut fixture = Fixture::new();
        for _ in 0..100 {
            assert!(fixture.sends());
            fixture.now += secs(6);
        }
    }

    #[test]
    fn a_refusal_closes_the_pair_for_longer_each_time() {
        let mut fixture = Fixture::new();
        for seconds in [6, 6, 16, 64, 256, 600, 600] {
            assert_eq!(fixture.refused(), secs(seconds));
            assert_eq!(fixture.wait(ANA), secs(seconds));
            assert_eq!(fixture.wait(ConversationId(2)), Duration::ZERO, "another pair is open");
            fixture.now += secs(seconds);
        }
        assert!(fixture.sends());
        fixture.pairs.record_accepted(ANA, fixture.now, &fixture.settings);
        assert_eq!(fixture.wait(ANA), secs(6), "the pair has no burst for one interval");
        fixture.now += secs(6);
        assert_eq!(fixture.burst(60), 45);
        fixture.now += secs(45 * 6);
        assert_eq!(fixture.refused(), secs(6), "the row of refusals has ended");
    }

    #[test]
    fn a_refusal_does_not_cancel_a_debt() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.burst(9), 9);
        assert_eq!(fixture.refused(), secs(60));
        fixture.now += secs(60);
        // The next message fails for another reason, and three more are part of the burst.
        assert_eq!(fixture.burst(4), 4);
        fixture.pairs.record_accepted(ANA, fixture.now, &fixture.settings);
        assert_eq!(fixture.wait(ANA), secs(24));
    }

    #[test]
    fn a_refusal_counts_where_the_limit_is_switched_off() {
        let mut fixture = Fixture::new();
        fixture.settings.pair_interval = Duration::ZERO;
        assert_eq!(fixture.burst(60), 60);
        assert_eq!(fixture.pairs.record_refused(ANA, fixture.now, Some(secs(9))), secs(9));
        assert_eq!(fixture.wait(ANA), secs(9));
        fixture.now += secs(9);
        fixture.pairs.record_accepted(ANA, fixture.now, &fixture.settings);
        assert_eq!(fixture.burst(60), 60);
    }
}
