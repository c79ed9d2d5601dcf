//! Rates that hold on average, with a bounded burst.

use std::time::Duration;

use tokio::time::Instant;

/// Counts messages that may run ahead of an even rate: the time at which the next one would be sent at the rate.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EvenRate(Option<Instant>);

impl EvenRate {
    /// Returns by how much time the counted messages are ahead of the rate.
    pub(crate) fn ahead(self, now: Instant) -> Duration {
        self.0.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// Returns how long the next message has to wait, if messages may be ahead by `burst`.
    pub(crate) fn wait(self, now: Instant, burst: Duration) -> Duration {
        self.ahead(now).saturating_sub(burst)
    }

    /// Counts a message. `interval` is the time between two messages at the rate.
    pub(crate) fn count(&mut self, now: Instant, interval: Duration) {
        self.0 = Some(self.0.map_or(now, |next| next.max(now)) + interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_ahead_by_a_burst_at_most_and_a_pause_saves_up_nothing() {
        let (mut rate, start, interval) = (EvenRate::default(), Instant::now(), Duration::from_millis(100));
        let mut burst = |now| {
            let sends = |_: &i32| {
                let is_allowed = rate.wait(now, 2 * interval).is_zero();
                if is_allowed {
                    rate.count(now, interval);
                }
                is_allowed
            };
            (0..100).take_while(sends).count()
        };
        assert_eq!(burst(start), 3);
        assert_eq!(burst(start + interval), 1);
        assert_eq!(burst(start + 100 * interval), 3);
        assert_eq!(rate.ahead(start + 100 * interval), 3 * interval);
    }
}
