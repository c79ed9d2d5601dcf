//! Pace of campaigns with a rate of their own.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::CampaignId;

/// Time by which messages may run ahead of an even rate.
const BURST: Duration = Duration::from_millis(500);

/// Counts the messages of running campaigns: the time at which the next one would be queued at an even rate.
#[derive(Debug, Default)]
pub(super) struct Paces(HashMap<CampaignId, Instant>);

impl Paces {
    /// Returns whether another message of a campaign may be queued now, and counts it.
    pub(super) fn take(&mut self, campaign: CampaignId, per_second: u32, now: Instant) -> bool {
        let next = self.0.entry(campaign).or_insert(now);
        let at = (*next).max(now);
        if at > now + BURST {
            return false;
        }
        *next = at + Duration::from_secs(1) / per_second.max(1);
        true
    }

    /// Forgets campaigns that have nothing left to queue at `now`.
    pub(super) fn clean_up(&mut self, now: Instant) {
        self.0.retain(|_, next| *next > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_keeps_its_rate() {
        let (mut paces, start) = (Paces::default(), Instant::now());
        let mut taken = 0;
        for tenth in 0..100 {
            let now = start + Duration::from_millis(100) * tenth;
            while paces.take(CampaignId(1), 4, now) {
                taken += 1;
            }
        }
        assert!((40..=43).contains(&taken), "{taken} messages in 10 seconds");
        paces.clean_up(start + Duration::from_secs(60));
        assert!(paces.0.is_empty());
    }
}
