//! Signals about campaigns, for the loops of the engine.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;
use waxwing_types::PhoneNumberId;

/// Tells the feeder of changed campaigns, and the loop that claims sends of queued messages.
#[derive(Debug)]
pub(crate) struct CampaignSignals {
    /// Notified when a campaign may have become due.
    pub(crate) due: Notify,
    /// True once the feeder has made a step, or failed to.
    has_fed: AtomicBool,
    /// True once the feeder has made a step.
    has_started: AtomicBool,
    /// Queues of the business numbers.
    queues: HashMap<PhoneNumberId, QueueVersion>,
}

/// Version of the queues with messages of campaigns of one number.
#[derive(Debug)]
struct QueueVersion {
    /// Number of times that messages were queued.
    queued: AtomicU64,
    /// That number at the last claim that found none.
    empty_at: AtomicU64,
}

impl CampaignSignals {
    /// Creates the signals of these numbers.
    pub(crate) fn new(numbers: &[PhoneNumberId]) -> Self {
        // An earlier process may have left messages.
        let queue = || QueueVersion { queued: AtomicU64::new(1), empty_at: AtomicU64::new(0) };
        let queues = numbers.iter().map(|number| (number.clone(), queue())).collect();
        Self { due: Notify::new(), has_fed: AtomicBool::new(false), has_started: AtomicBool::new(false), queues }
    }

    /// Notes a step of the feeder. Returns true if it lets messages be sent that waited for it.
    pub(crate) fn note_fed(&self, is_done: bool) -> bool {
        let is_first = !self.has_fed.swap(true, Ordering::AcqRel);
        is_first | (is_done && !self.has_started.swap(true, Ordering::AcqRel))
    }

    /// Returns true while messages of campaigns of an earlier process may have to be taken back: the feeder has made no step. Failing send queues,
    /// which may have such messages, wait only until the feeder has tried.
    pub(crate) fn holds_failing(&self) -> bool {
        !self.has_fed.load(Ordering::Acquire)
    }

    /// Notes that messages of a number were queued, or that their send queues changed.
    pub(crate) fn note_queued(&self, number: &PhoneNumberId) {
        if let Some(queue) = self.queues.get(number) {
            queue.queued.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Returns the version of the queues of a number for [`note_empty`](Self::note_empty) if messages of campaigns may wait. Returns none before the
    /// first step of the feeder, which takes back what may not be sent any more.
    pub(crate) fn may_wait(&self, number: &PhoneNumberId) -> Option<u64> {
        let queue = self.queues.get(number).filter(|_| self.has_started.load(Ordering::Acquire))?;
        let version = queue.queued.load(Ordering::Acquire);
        (queue.empty_at.load(Ordering::Acquire) != version).then_some(version)
    }

    /// Notes that no message of a number waits in this version of its queues.
    pub(crate) fn note_empty(&self, number: &PhoneNumberId, version: u64) {
        if let Some(queue) = self.queues.get(number) {
            queue.empty_at.store(version, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_queued_during_a_claim_is_not_missed() {
        let (number, other) = (PhoneNumberId::new("1"), PhoneNumberId::new("2"));
        let signals = CampaignSignals::new(&[number.clone(), other.clone()]);
        assert_eq!(signals.may_wait(&number), None, "the feeder may take messages back");
        assert!(signals.holds_failing());
        assert!(signals.note_fed(false), "failing conversations wait for no working feeder");
        assert_eq!((signals.may_wait(&number), signals.holds_failing()), (None, false));
        assert!(signals.note_fed(true));
        assert!(!signals.note_fed(true) && !signals.note_fed(false));
        let version = signals.may_wait(&number).expect("an earlier process may have left messages");
        signals.note_queued(&number);
        signals.note_empty(&number, version);
        let version = signals.may_wait(&number).expect("a message was queued since");
        signals.note_empty(&number, version);
        assert_eq!(signals.may_wait(&number), None);
        assert!(signals.may_wait(&other).is_some(), "each number has queues of its own");
    }
}
