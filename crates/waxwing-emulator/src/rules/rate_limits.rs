//! Rate limits of sends.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{GraphError, Rule};
use crate::{duration_text, unix_time};

/// Rate limits of a business number. The defaults are Meta's.
///
/// ```
/// use std::time::Duration;
/// use waxwing_emulator::{Emulator, RateLimits};
///
/// let limits = RateLimits::default().with_pair_interval(Duration::ZERO);
/// let builder = Emulator::builder().rate_limits(limits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimits {
    /// Messages per second, sent and received together. Default: 80.
    pub messages_per_second: usize,
    /// Interval between two messages to the same user (pair rate limit). Zero disables the limit. Default: 6 s.
    #[serde(with = "duration_text")]
    pub pair_interval: Duration,
    /// Burst of messages to the same user within one interval, which uses up the following intervals. Default: 45.
    pub pair_burst: u32,
    /// Whether a burst uses up the following intervals. Otherwise, the next burst may start after one interval. Default: true.
    pub pair_debt: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { messages_per_second: 80, pair_interval: Duration::from_secs(6), pair_burst: 45, pair_debt: true }
    }
}

impl RateLimits {
    /// Returns rate limits that never apply.
    pub const fn unlimited() -> Self {
        Self { messages_per_second: usize::MAX, pair_interval: Duration::ZERO, pair_burst: u32::MAX, pair_debt: true }
    }

    /// Sets [`messages_per_second`](Self::messages_per_second).
    pub const fn with_messages_per_second(self, messages_per_second: usize) -> Self {
        Self { messages_per_second, ..self }
    }

    /// Sets [`pair_interval`](Self::pair_interval).
    pub const fn with_pair_interval(self, pair_interval: Duration) -> Self {
        Self { pair_interval, ..self }
    }

    /// Sets [`pair_burst`](Self::pair_burst).
    pub const fn with_pair_burst(self, pair_burst: u32) -> Self {
        Self { pair_burst, ..self }
    }

    /// Sets [`pair_debt`](Self::pair_debt).
    pub const fn with_pair_debt(self, pair_debt: bool) -> Self {
        Self { pair_debt, ..self }
    }

    /// Returns the time that a burst uses up, from its first message on.
    fn pair_time(&self, count: u32) -> Duration {
        self.pair_interval.saturating_mul(if self.pair_debt { count } else { count.min(1) })
    }
}

/// Pair rate limiter: the recent messages of a number to one user.
///
/// The first message of a burst starts an interval in which more messages may follow. After that interval no message may follow
/// until as many intervals have passed as the burst had messages, counted from the first message.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairLimiter {
    /// Start and size of the latest burst.
    #[serde(with = "unix_time")]
    burst: Option<(SystemTime, u32)>,
}

impl PairLimiter {
    /// Checks whether another message is within the limit.
    pub(crate) fn check(&self, limits: &RateLimits, now: SystemTime) -> Result<(), GraphError> {
        let Some((first, count)) = self.open(limits, now) else { return Ok(()) };
        let passed = now.duration_since(first).unwrap_or_default();
        if passed < limits.pair_interval && count < limits.pair_burst {
            return Ok(());
        }
        let left = limits.pair_time(count).saturating_sub(passed);
        Err(GraphError::with_details(
            Rule::PairLimit,
            format!("too many messages from this number to the same user; retry in {} ms", left.as_millis()),
        ))
    }

    /// Records a message that was sent.
    pub(crate) fn record(&mut self, limits: &RateLimits, now: SystemTime) {
        let (first, count) = self.open(limits, now).unwrap_or((now, 0));
        self.burst = Some((first, count.saturating_add(1)));
    }

    /// Returns the start and the size of the burst that still uses up intervals.
    fn open(&self, limits: &RateLimits, now: SystemTime) -> Option<(SystemTime, u32)> {
        let (first, count) = self.burst?;
        let passed = now.duration_since(first).unwrap_or_default();
        (passed < limits.pair_time(count)).then_some((first, count))
    }
}

/// Throughput limiter: the recent messages of a number, sent and received.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThroughputLimiter {
    #[serde(with = "unix_time")]
    latest: VecDeque<SystemTime>,
}

impl ThroughputLimiter {
    /// Number of messages that the limiter remembers, more than Meta's highest throughput per second.
    const MEMORY: usize = 10_000;
    const SECOND: Duration = Duration::from_secs(1);

    /// Checks whether another message is within the limit.
    pub(crate) fn check(&self, limits: &RateLimits, now: SystemTime) -> Result<(), GraphError> {
        let Some(first) = self.latest.len().checked_sub(limits.messages_per_second) else { return Ok(()) };
        let full = self.latest.get(first).is_none_or(|at| now.duration_since(*at).unwrap_or_default() < Self::SECOND);
        if full { Err(GraphError::violates(Rule::Throughput)) } else { Ok(()) }
    }

    /// Records a message that was sent or received.
    pub(crate) fn record(&mut self, now: SystemTime) {
        if self.latest.len() == Self::MEMORY {
            self.latest.pop_front();
        }
        self.latest.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    /// Meta: about the platform.
    #[test]
    fn a_burst_uses_up_the_following_intervals() {
        let limits = RateLimits::default();
        let burst = |count: u32| {
            let mut pair = PairLimiter::default();
            for n in 0..count {
                assert!(pair.check(&limits, at(u64::from(n))).is_ok(), "message {n}");
                pair.record(&limits, at(u64::from(n)));
            }
            move |millis| pair.check(&limits, at(millis)).is_ok()
        };
        let one = burst(1);
        assert!(one(5_999) && one(6_000), "the second message is part of a burst or comes after the interval");
        let two = burst(2);
        assert!(two(5_999) && !two(6_000) && !two(11_999) && two(12_000));
        let twenty = burst(20);
        assert!(twenty(5_999) && !twenty(6_000) && !twenty(119_999) && twenty(120_000));
        let most = burst(45);
        assert!(!most(45) && !most(5_999) && !most(269_999) && most(270_000));
    }

    /// Meta: about the platform.
    #[test]
    fn one_message_per_interval_is_always_allowed() {
        let (limits, mut pair) = (RateLimits::default(), PairLimiter::default());
        for n in 0..100 {
            assert!(pair.check(&limits, at(n * 6_000)).is_ok());
            pair.record(&limits, at(n * 6_000));
        }
    }

    /// Pace `burst`.
    #[test]
    fn without_debt_the_next_burst_starts_after_one_interval() {
        let (limits, mut pair) = (RateLimits::default().with_pair_debt(false), PairLimiter::default());
        for n in 0..90 {
            let now = at(if n < 45 { n } else { 6_000 + n });
            assert!(pair.check(&limits, now).is_ok(), "message {n}");
            pair.record(&limits, now);
            assert_eq!(pair.check(&limits, now).is_ok(), n != 44 && n != 89, "after message {n}");
        }
    }

    /// Meta: throughput.
    #[test]
    fn a_number_is_limited_to_eighty_messages_per_second() {
        let (limits, mut traffic) = (RateLimits::default(), ThroughputLimiter::default());
        for n in 0..80 {
            assert!(traffic.check(&limits, at(n)).is_ok());
            traffic.record(at(n));
        }
        assert!(traffic.check(&limits, at(80)).is_err() && traffic.check(&limits, at(999)).is_err());
        assert!(traffic.check(&limits, at(1_000)).is_ok(), "the first message is one second old");
        let nothing = RateLimits { messages_per_second: 0, ..limits };
        assert!(ThroughputLimiter::default().check(&nothing, at(0)).is_err());
    }

    #[test]
    fn unlimited_limits_never_apply() {
        let (limits, mut pair, mut traffic) =
            (RateLimits::unlimited(), PairLimiter::default(), ThroughputLimiter::default());
        for _ in 0..=ThroughputLimiter::MEMORY {
            assert!(pair.check(&limits, at(0)).is_ok() && traffic.check(&limits, at(0)).is_ok());
            pair.record(&limits, at(0));
            traffic.record(at(0));
        }
    }
}
