//! How fast messages may go out: Meta's limits, kept before Meta refuses.
//!
//! Two limits stand side by side. A business number carries so many messages a second, in and out together. And one user gets one
//! message per interval; a burst may go beyond that, as a debt: after n messages in one interval the pair is closed for n intervals.
//! Where Meta refuses all the same, it counts otherwise, and its word goes.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::ConversationId;

use crate::settings::RateLimitSettings;

/// Pairs are forgotten in bulk once there are this many and their debt is paid.
const SWEEP_AT: usize = 10_000;

/// No pair is closed for longer than this by a refusal.
const LONGEST_REFUSAL: Duration = Duration::from_mins(10);

/// When the next message of a number would go out if all went at the even pace; a second's worth of messages may run ahead of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Throughput(Option<Instant>);

impl Throughput {
    /// How long the next message has to wait.
    pub(super) fn wait(self, now: Instant) -> Duration {
        let ahead = self.0.map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
        ahead.saturating_sub(Duration::from_secs(1))
    }

    /// Counts a message.
    pub(super) fn spend(&mut self, now: Instant, settings: &RateLimitSettings) {
        let interval = Duration::from_secs(1) / settings.per_second.max(1);
        self.0 = Some(self.0.map_or(now, |next| next.max(now)) + interval);
    }
}

/// What has been sent lately to each user.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pairs: HashMap<ConversationId, Pair>,
    sweep_at: usize,
}

/// The messages of one interval.
#[derive(Debug, Clone, Copy)]
struct Pair {
    began: Instant,
    count: u32,
    /// When the debt of the interval's messages is paid.
    paid: Instant,
    /// How often Meta refused in a row, counting otherwise than we do.
    refused: u32,
}

impl Pairs {
    /// How long the next message to this user has to wait.
    pub(super) fn wait(&self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) -> Duration {
        match self.pairs.get(&conversation) {
            Some(pair) if !pair.is_open(now, settings) => pair.paid.saturating_duration_since(now),
            _ => Duration::ZERO,
        }
    }

    /// Counts a message.
    pub(super) fn spend(&mut self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) {
        let interval = settings.pair_interval;
        if interval.is_zero() {
            return;
        }
        let pair = self.pairs.entry(conversation).or_insert(Pair { began: now, count: 0, paid: now, refused: 0 });
        if pair.is_open(now, settings) {
            pair.count += 1;
            pair.paid += interval;
        } else {
            *pair = Pair { began: now, count: 1, paid: now + interval, refused: pair.refused };
        }
        self.sweep(now);
    }

    /// Meta took a message. If it had refused the pair before, nothing is lent to it for the moment.
    pub(super) fn accepted(&mut self, conversation: ConversationId, now: Instant, settings: &RateLimitSettings) {
        if let Some(pair) = self.pairs.get_mut(&conversation)
            && pair.refused > 0
        {
            let owed = pair.paid.max(now + settings.pair_interval);
            *pair = Pair { began: now, count: settings.pair_burst, paid: owed, refused: 0 };
        }
    }

    /// Meta refused a message because the pair had too many: the pair is closed until what we know to be owed is paid, and for 4ⁿ seconds
    /// before the n-th repetition, n from 0, or for as long as Meta says; tells for how long.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits>
    pub(super) fn refused(&mut self, conversation: ConversationId, now: Instant, asked: Option<Duration>) -> Duration {
        let pair = self.pairs.entry(conversation).or_insert(Pair { began: now, count: 0, paid: now, refused: 0 });
        let wait = Duration::from_secs(4u64.saturating_pow(pair.refused)).min(LONGEST_REFUSAL);
        let owed = pair.paid.max(now + wait.max(asked.unwrap_or_default()).min(LONGEST_REFUSAL));
        *pair = Pair { began: now, count: u32::MAX, paid: owed, refused: pair.refused.saturating_add(1) };
        self.sweep(now);
        owed - now
    }

    fn sweep(&mut self, now: Instant) {
        if self.pairs.len() >= self.sweep_at.max(SWEEP_AT) {
            self.pairs.retain(|_, pair| pair.paid > now);
            self.sweep_at = self.pairs.len() * 2;
        }
    }
}

impl Pair {
    /// True while the burst of the interval may go on.
    fn is_open(self, now: Instant, settings: &RateLimitSettings) -> bool {
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

    /// Pairs, and a time that the test turns.
    struct Play {
        pairs: Pairs,
        settings: RateLimitSettings,
        now: Instant,
    }

    impl Play {
        fn new() -> Self {
            Self { pairs: Pairs::default(), settings: RateLimitSettings::default(), now: Instant::now() }
        }

        fn wait(&self, conversation: ConversationId) -> Duration {
            self.pairs.wait(conversation, self.now, &self.settings)
        }

        /// Sends up to `count` messages to Ana as long as none has to wait, and tells how many.
        fn burst(&mut self, count: usize) -> usize {
            (0..count).take_while(|_| self.sends()).count()
        }

        fn sends(&mut self) -> bool {
            let open = self.wait(ANA).is_zero();
            if open {
                self.pairs.spend(ANA, self.now, &self.settings);
            }
            open
        }

        /// Sends a message to Ana that Meta refuses, and tells how long the pair is closed.
        #[track_caller]
        fn refused(&mut self) -> Duration {
            assert!(self.sends());
            self.pairs.refused(ANA, self.now, None)
        }
    }

    #[test]
    fn after_a_burst_of_twenty_the_pair_is_closed_for_two_minutes() {
        let mut play = Play::new();
        assert_eq!(play.burst(20), 20);
        play.now += secs(6);
        assert_eq!(play.wait(ANA), secs(114));
        assert_eq!(play.wait(ConversationId(2)), Duration::ZERO, "another pair is open");
        play.now += secs(114);
        assert_eq!(play.wait(ANA), Duration::ZERO);
    }

    #[test]
    fn a_burst_ends_at_forty_five() {
        let mut play = Play::new();
        assert_eq!(play.burst(60), 45);
        assert_eq!(play.wait(ANA), secs(45 * 6));
    }

    #[test]
    fn one_message_per_interval_never_waits() {
        let mut play = Play::new();
        for _ in 0..100 {
            assert!(play.sends());
            play.now += secs(6);
        }
    }

    #[test]
    fn a_refusal_closes_the_pair_for_longer_each_time() {
        let mut play = Play::new();
        for seconds in [6, 6, 16, 64, 256, 600, 600] {
            assert_eq!(play.refused(), secs(seconds));
            assert_eq!(play.wait(ANA), secs(seconds));
            assert_eq!(play.wait(ConversationId(2)), Duration::ZERO, "another pair is open");
            play.now += secs(seconds);
        }
        assert!(play.sends());
        play.pairs.accepted(ANA, play.now, &play.settings);
        assert_eq!(play.wait(ANA), secs(6), "nothing is lent for the moment");
        play.now += secs(6);
        assert_eq!(play.burst(60), 45);
        play.now += secs(45 * 6);
        assert_eq!(play.refused(), secs(6), "it begins anew");
    }

    #[test]
    fn what_is_owed_is_not_forgotten_over_a_refusal() {
        let mut play = Play::new();
        assert_eq!(play.burst(9), 9);
        assert_eq!(play.refused(), secs(60));
        play.now += secs(60);
        // The next one fails for another reason, and three more are lent.
        assert_eq!(play.burst(4), 4);
        play.pairs.accepted(ANA, play.now, &play.settings);
        assert_eq!(play.wait(ANA), secs(24));
    }

    #[test]
    fn a_refusal_counts_where_no_limit_is_kept() {
        let mut play = Play::new();
        play.settings.pair_interval = Duration::ZERO;
        assert_eq!(play.burst(60), 60);
        assert_eq!(play.pairs.refused(ANA, play.now, Some(secs(9))), secs(9));
        assert_eq!(play.wait(ANA), secs(9));
        play.now += secs(9);
        play.pairs.accepted(ANA, play.now, &play.settings);
        assert_eq!(play.burst(60), 60);
    }

    #[test]
    fn a_number_carries_so_many_messages_a_second() {
        let (mut throughput, settings, mut now) = (Throughput::default(), RateLimitSettings::default(), Instant::now());
        let mut burst = |now| {
            let sends = |_: &i32| {
                let open = throughput.wait(now).is_zero();
                if open {
                    throughput.spend(now, &settings);
                }
                open
            };
            (0..100).take_while(sends).count()
        };
        assert_eq!(burst(now), 81);
        now += Duration::from_millis(500);
        assert_eq!(burst(now), 40);
    }
}
