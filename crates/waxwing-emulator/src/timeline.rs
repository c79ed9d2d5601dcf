//! Timeline: the record of all events in the emulated world.
//!
//! Tests read the timeline, and the phone page is drawn from it. The timeline is append-only; when it is full, each new event
//! removes the oldest one.

mod event;

use std::collections::VecDeque;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use event::{EmulatedUserId, TimelineEvent, TimelineEventKind, WebhookSubject};

/// Number of events that the timeline keeps.
pub(crate) const CAPACITY: usize = 20_000;

/// Events, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timeline {
    events: VecDeque<TimelineEvent>,
    last: u64,
}

impl Timeline {
    pub(crate) fn push(&mut self, at: SystemTime, kind: TimelineEventKind) {
        if self.events.len() == CAPACITY {
            self.events.pop_front();
        }
        self.last += 1;
        self.events.push_back(TimelineEvent { seq: self.last, at, kind });
    }

    /// Returns the sequence number of the newest event, or 0 if there is none.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Returns the events after sequence number `seq`, oldest first.
    pub(crate) fn after(&self, seq: u64) -> impl DoubleEndedIterator<Item = &TimelineEvent> {
        let skip = self.events.partition_point(|event| event.seq <= seq);
        self.events.range(skip..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_timeline_keeps_the_newest_events() {
        let mut timeline = Timeline::default();
        for _ in 0..CAPACITY + 5 {
            timeline.push(SystemTime::UNIX_EPOCH, TimelineEventKind::Joined { user: EmulatedUserId(1) });
        }
        let last = timeline.last();
        assert_eq!(last, CAPACITY as u64 + 5);
        assert_eq!(timeline.after(0).next().map(|event| event.seq), Some(6));
        assert_eq!(timeline.after(last - 2).count(), 2);
        assert_eq!(timeline.after(last).count(), 0);
    }
}
