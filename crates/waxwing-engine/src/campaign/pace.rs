//! Pace of campaigns with a rate of their own.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::CampaignId;
use waxwing_types::PhoneNumberId;

use crate::even_rate::EvenRate;

/// Time by which messages may run ahead of an even rate.
const BURST: Duration = Duration::from_millis(500);

/// Time since the last visit from which a campaign does not count as running.
const RUNNING: Duration = Duration::from_secs(2);

/// Counts the messages of running campaigns.
#[derive(Debug, Default)]
pub(super) struct Paces {
    rates: HashMap<CampaignId, EvenRate>,
    /// Number of the campaign, with the time of the last visit.
    visited: HashMap<CampaignId, (PhoneNumberId, Instant)>,
}

impl Paces {
    /// Returns whether another message of a campaign may be queued now, and counts it.
    pub(super) fn take(&mut self, campaign: CampaignId, per_second: u32, now: Instant) -> bool {
        let rate = self.rates.entry(campaign).or_default();
        let is_allowed = rate.wait(now, BURST).is_zero();
        if is_allowed {
            rate.count(now, Duration::from_secs(1) / per_second.max(1));
        }
        is_allowed
    }

    /// Records a visit of a campaign of a number.
    pub(super) fn note_running(&mut self, campaign: CampaignId, number: &PhoneNumberId, now: Instant) {
        self.visited.insert(campaign, (number.clone(), now));
    }

    /// Returns the numbers by how many of their campaigns run, and forgets the other campaigns.
    pub(super) fn by_running(&mut self, numbers: &[PhoneNumberId], now: Instant) -> HashMap<u32, Vec<PhoneNumberId>> {
        self.visited.retain(|_, (_, at)| now.saturating_duration_since(*at) < RUNNING);
        self.rates.retain(|_, rate| !rate.ahead(now).is_zero());
        let mut running: HashMap<&PhoneNumberId, u32> = HashMap::new();
        self.visited.values().for_each(|(number, _)| *running.entry(number).or_default() += 1);
        let mut by_running: HashMap<u32, Vec<_>> = HashMap::new();
        for number in numbers {
            by_running.entry(running.get(number).copied().unwrap_or(0)).or_default().push(number.clone());
        }
        by_running
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
        paces.by_running(&[], start + Duration::from_mins(1));
        assert!(paces.rates.is_empty());
    }

    #[test]
    fn the_running_campaigns_of_each_number_are_counted() {
        let (mut paces, start) = (Paces::default(), Instant::now());
        let numbers = ["1", "2", "3"].map(PhoneNumberId::new);
        for (campaign, number) in [(1, 0), (2, 0), (3, 1), (3, 1)] {
            paces.note_running(CampaignId(campaign), &numbers[number], start);
        }
        let [two, one, none] = numbers.clone().map(|number| vec![number]);
        let now = start + Duration::from_secs(1);
        assert_eq!(paces.by_running(&numbers, now), HashMap::from([(2, two), (1, one), (0, none)]));
        let now = start + Duration::from_mins(1);
        assert_eq!(paces.by_running(&numbers, now), HashMap::from([(0, numbers.to_vec())]));
        assert!(paces.visited.is_empty());
    }
}
