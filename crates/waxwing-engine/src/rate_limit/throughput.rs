//! The throughput limit of a business number.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::time::Duration;

use tokio::time::Instant;

use crate::even_rate::EvenRate;
use crate::settings::RateLimitSettings;

/// How far messages may run ahead of an even rate: by one second's worth of messages.
const BURST: Duration = Duration::from_secs(1);

/// Counts the messages of one number, received and sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Throughput(EvenRate);

impl Throughput {
    /// Returns how long the next message has to wait.
    pub(super) fn wait(self, now: Instant) -> Duration {
        self.0.wait(now, BURST)
    }

    /// Counts a message.
    pub(super) fn count(&mut self, now: Instant, settings: &RateLimitSettings) {
        self.0.count(now, Duration::from_secs(1) / settings.per_second.max(1));
    }
}

/// Counts the messages of campaigns of one number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CampaignShare(EvenRate);

/// How far messages of campaigns may run ahead of an even rate.
const CAMPAIGN_BURST: Duration = Duration::from_millis(100);

impl CampaignShare {
    /// Returns how many messages may be sent now, and how long a further one has to wait.
    pub(super) fn room(self, now: Instant, settings: &RateLimitSettings) -> (usize, Duration) {
        let (interval, ahead) = (campaign_interval(settings), self.0.ahead(now));
        let Some(left) = CAMPAIGN_BURST.checked_sub(ahead) else {
            return (0, ahead.saturating_sub(CAMPAIGN_BURST));
        };
        let room = left.as_nanos() / interval.as_nanos().max(1) + 1;
        (usize::try_from(room).unwrap_or(usize::MAX), interval)
    }

    /// Returns how long the next message has to wait.
    pub(super) fn wait(self, now: Instant) -> Duration {
        self.0.wait(now, CAMPAIGN_BURST)
    }

    /// Counts a message.
    pub(super) fn count(&mut self, now: Instant, settings: &RateLimitSettings) {
        self.0.count(now, campaign_interval(settings));
    }
}

/// Time between two messages of campaigns: they take at most 70 % of the rate of a number.
fn campaign_interval(settings: &RateLimitSettings) -> Duration {
    Duration::from_secs(10) / settings.per_second.max(1).saturating_mul(7)
}

/// Returns the number of messages of campaigns in a second, at least 1.
pub(crate) fn campaign_rate(settings: &RateLimitSettings) -> u32 {
    (settings.per_second.saturating_mul(7) / 10).max(1)
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

    #[test]
    fn campaigns_leave_a_part_of_the_rate_to_conversations() {
        let (mut share, settings, start) = (CampaignShare::default(), RateLimitSettings::default(), Instant::now());
        let mut sent = 0;
        for millis in 0..10_000 {
            let now = start + Duration::from_millis(millis);
            let (room, _) = share.room(now, &settings);
            for _ in 0..room {
                assert!(share.wait(now).is_zero(), "what has room does not wait");
                share.count(now, &settings);
            }
            sent += room;
        }
        assert!((555..=570).contains(&sent), "{sent} messages in 10 seconds, of 800");
    }
}
