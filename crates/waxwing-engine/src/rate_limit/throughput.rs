//! The throughput limit of a business number.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::time::Duration;

use tokio::time::Instant;

use crate::settings::RateLimitSettings;

/// How far messages may run ahead of an even rate: by one second's worth of messages.
const BURST: Duration = Duration::from_secs(1);

/// Counts the messages of one number, received and sent: the time at which the next message would be sent at an even rate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Throughput(Option<Instant>);

impl Throughput {
    /// Returns how long the next message has to wait.
    pub(super) fn wait(self, now: Instant) -> Duration {
        let ahead = self.0.map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
        ahead.saturating_sub(BURST)
    }

    /// Counts a message.
    pub(super) fn count(&mut self, now: Instant, settings: &RateLimitSettings) {
        let interval = Duration::from_secs(1) / settings.per_second.max(1);
        self.0 = Some(self.0.map_or(now, |next| next.max(now)) + interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_sends_at_its_rate_after_a_burst() {
        let (mut throughput, settings, mut now) = (Throughput::default(), RateLimitSettings::default(), Instant::now());
        let mut burst = |now| {
            let sends = |_: &i32| {
                let is_allowed = throughput.wait(now).is_zero();
                if is_allowed {
                    throughput.count(now, &settings);
                }
                is_allowed
            };
            (0..100).take_while(sends).count()
        };
        assert_eq!(burst(now), 81);
        now += Duration::from_millis(500);
        assert_eq!(burst(now), 40);
    }
}
