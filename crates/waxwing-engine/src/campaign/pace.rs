//! Pace of campaigns with a rate of their own.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::CampaignId;

/// Time by which messages may run ahead of an even rate.
const BURST: Duration = Duration::from_millis(500);

/// Time since the last visit from which a campaign does not count as running.
const RUNNING: Duration = Duration::from_secs(2);

/// Counts the messages of running campaigns.
#[derive(Debug, Default)]
pub(super) struct Paces {
    /// Time at which the next message would be queued at an even rate.
    next: HashMap<CampaignId, Instant>,
    /// Time of the last visit.
    visited: HashMap<CampaignId, Instant>,
}

impl Paces {
    /// Returns whether another message of a campaign may be queued now, and counts it.
    pub(super) fn take(&mut self, campaign: CampaignId, per_second: u32, now: Instant) -> bool {
        let next = self.next.entry(campaign).or_insert(now);
        let at = (*next).max(now);
        if at > now + BURST {
            return false;
        }
        *next = at + Duration::from_secs(1) / per_second.max(1);
        true
    }

    /// Records a visit of a campaign.
    pub(super) fn note_running(&mut self, campaign: CampaignId, now: Instant) {
        self.visited.insert(campaign, now);
    }

    /// Returns the number of campaigns that run, and forgets the others.
    pub(super) fn count_running(&mut self, now: Instant) -> u32 {
        self.visited.retain(|_, at| now.saturating_duration_since(*at) < RUNNING);
        self.next.retain(|_, next| *next > now);
        u32::try_from(self.visited.len()).unwrap_or(u32::MAX)
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
        paces.note_running(CampaignId(1), start);
        assert_eq!(paces.count_running(start + Duration::from_secs(1)), 1);
        assert_eq!(paces.count_running(start + Duration::from_mins(1)), 0);
        assert!(paces.next.is_empty());
    }
}
