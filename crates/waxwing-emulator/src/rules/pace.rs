//! How fast one may write.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::{GraphError, Rule};

/// How fast a number may write; the defaults are Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Messages that a number may send and receive in a second, together; 80.
    pub messages_per_second: usize,
    /// The time between two messages to the same user; 6 s. Zero lifts the limit.
    pub pair_interval: Duration,
    /// Messages to the same user that may go within one such time, borrowed from the following times; 45.
    pub pair_burst: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { messages_per_second: 80, pair_interval: Duration::from_secs(6), pair_burst: 45 }
    }
}

impl RateLimits {
    /// No limits, for tests of servers that are told not to keep a limits.
    pub fn unlimited() -> Self {
        Self { messages_per_second: usize::MAX, pair_interval: Duration::ZERO, pair_burst: u32::MAX }
    }
}

/// What a number has sent to a user, as far as it bears on the next message.
///
/// The first message of a burst opens an interval in which more may follow. When it ends, the pair is closed until as many intervals
/// have passed as there were messages, counted from the first.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    burst: Option<(SystemTime, u32)>,
}

impl Pair {
    /// May another message go now?
    pub(crate) fn check(&self, limits: &RateLimits, now: SystemTime) -> Result<(), GraphError> {
        let Some((first, count)) = self.open(limits, now) else { return Ok(()) };
        let passed = now.duration_since(first).unwrap_or_default();
        if passed < limits.pair_interval && count < limits.pair_burst {
            return Ok(());
        }
        let left = limits.pair_interval.saturating_mul(count).saturating_sub(passed);
        Err(GraphError::because(
            Rule::PairLimit,
            format!("too many messages from this number to the same user; closed for {} more ms", left.as_millis()),
        ))
    }

    /// A message went.
    pub(crate) fn sent(&mut self, limits: &RateLimits, now: SystemTime) {
        let (first, count) = self.open(limits, now).unwrap_or((now, 0));
        self.burst = Some((first, count.saturating_add(1)));
    }

    /// The burst that is not paid back yet.
    fn open(&self, limits: &RateLimits, now: SystemTime) -> Option<(SystemTime, u32)> {
        let (first, count) = self.burst?;
        let passed = now.duration_since(first).unwrap_or_default();
        (passed < limits.pair_interval.saturating_mul(count)).then_some((first, count))
    }
}

/// The latest messages of a number, in and out.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    latest: VecDeque<SystemTime>,
}

impl Traffic {
    /// Most messages that are remembered: more than any number of Meta's may send in a second.
    const MEMORY: usize = 10_000;
    const SECOND: Duration = Duration::from_secs(1);

    /// May another message go now?
    pub(crate) fn check(&self, limits: &RateLimits, now: SystemTime) -> Result<(), GraphError> {
        let Some(first) = self.latest.len().checked_sub(limits.messages_per_second) else { return Ok(()) };
        let full = self.latest.get(first).is_none_or(|at| now.duration_since(*at).unwrap_or_default() < Self::SECOND);
        if full { Err(GraphError::broken(Rule::Throughput)) } else { Ok(()) }
    }

    /// A message came or went.
    pub(crate) fn passed(&mut self, now: SystemTime) {
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

    /// cloud-api 8 (Meta: about the platform).
    #[test]
    fn a_burst_is_a_debt() {
        let limits = RateLimits::default();
        let burst = |count: u32| {
            let mut pair = Pair::default();
            for n in 0..count {
                assert!(pair.check(&limits, at(u64::from(n))).is_ok(), "message {n}");
                pair.sent(&limits, at(u64::from(n)));
            }
            move |millis| pair.check(&limits, at(millis)).is_ok()
        };
        let one = burst(1);
        assert!(one(5_999) && one(6_000), "a second one inside the interval is a burst, a later one is in time");
        let two = burst(2);
        assert!(two(5_999) && !two(6_000) && !two(11_999) && two(12_000));
        let twenty = burst(20);
        assert!(twenty(5_999) && !twenty(6_000) && !twenty(119_999) && twenty(120_000));
        let most = burst(45);
        assert!(!most(45) && !most(5_999) && !most(269_999) && most(270_000));
    }

    /// cloud-api 8 (Meta: about the platform).
    #[test]
    fn one_in_six_seconds_goes_on_for_ever() {
        let (limits, mut pair) = (RateLimits::default(), Pair::default());
        for n in 0..100 {
            assert!(pair.check(&limits, at(n * 6_000)).is_ok());
            pair.sent(&limits, at(n * 6_000));
        }
    }

    /// cloud-api 8 (Meta: throughput).
    #[test]
    fn a_number_takes_eighty_a_second() {
        let (limits, mut traffic) = (RateLimits::default(), Traffic::default());
        for n in 0..80 {
            assert!(traffic.check(&limits, at(n)).is_ok());
            traffic.passed(at(n));
        }
        assert!(traffic.check(&limits, at(80)).is_err() && traffic.check(&limits, at(999)).is_err());
        assert!(traffic.check(&limits, at(1_000)).is_ok(), "the first one is a second old");
        let nothing = RateLimits { messages_per_second: 0, ..limits };
        assert!(Traffic::default().check(&nothing, at(0)).is_err());
    }

    #[test]
    fn no_limits() {
        let (limits, mut pair, mut traffic) = (RateLimits::unlimited(), Pair::default(), Traffic::default());
        for _ in 0..=Traffic::MEMORY {
            assert!(pair.check(&limits, at(0)).is_ok() && traffic.check(&limits, at(0)).is_ok());
            pair.sent(&limits, at(0));
            traffic.passed(at(0));
        }
    }
}
