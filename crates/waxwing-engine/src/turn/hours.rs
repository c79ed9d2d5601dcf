//! Opening hours of the number of a turn.

use std::time::{Duration, SystemTime};

use waxwing_agent::BusinessClosed;
use waxwing_store::Timestamp;

use crate::opening_hours::{OpeningHours, OpeningState, OutsideHours};

/// The opening hours of the number at the start of a turn.
#[derive(Debug)]
pub(super) struct TurnHours {
    now: Timestamp,
    state: OpeningState,
    outside: OutsideHours,
    time_zone: String,
}

impl TurnHours {
    pub(super) fn new(hours: &OpeningHours, now: Timestamp) -> Self {
        let time_zone = hours.time_zone().to_owned();
        Self { now, state: hours.at(now), outside: hours.when_closed(), time_zone }
    }

    /// Returns true if the agent does not answer users now.
    pub(super) fn keeps_agent_away(&self) -> bool {
        !self.state.is_open() && self.outside != OutsideHours::Answer
    }

    /// Returns the closed business as the agent gets it.
    pub(super) fn closed_business(&self) -> Option<BusinessClosed> {
        let OpeningState::Closed { opens_at, .. } = self.state else { return None };
        let since_epoch = |at: Timestamp| Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or_default());
        let opens_at = opens_at.map(|at| SystemTime::UNIX_EPOCH + since_epoch(at));
        Some(BusinessClosed::new(self.time_zone.as_str(), opens_at))
    }

    /// Returns the time from which messages count as waiting, if they waited for the opening before.
    pub(super) fn opened_at(&self) -> Option<Timestamp> {
        match self.state {
            OpeningState::Open { since } if self.outside == OutsideHours::Wait => since,
            _ => None,
        }
    }

    /// Returns the time for which messages of users wait; none if they do not wait for the opening, which would be after the service window.
    pub(super) fn wait(&self, service_window: Duration) -> Option<Duration> {
        let wait = self.state.opens_in(self.now).filter(|_| self.outside == OutsideHours::Wait)?;
        (wait < service_window).then_some(wait)
    }

    /// Returns whether an away text that was sent this long ago was sent in the closed period.
    pub(super) fn is_told(&self, away: Option<Duration>) -> bool {
        let OpeningState::Closed { since, .. } = self.state else { return false };
        away.is_some_and(|age| since.is_none_or(|since| self.now.before(age) >= since))
    }
}
