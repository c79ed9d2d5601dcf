//! Signals about campaigns, for the loops of the engine.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Tells the feeder of changed campaigns, and the loop that claims sends of queued messages.
#[derive(Debug)]
pub(crate) struct CampaignSignals {
    /// Notified when a campaign may have become due.
    pub(crate) due: Notify,
    /// Number of times that messages were queued.
    queued: AtomicU64,
    /// That number at the last claim that found none.
    empty_at: AtomicU64,
}

impl Default for CampaignSignals {
    fn default() -> Self {
        // An earlier process may have left messages.
        Self { due: Notify::new(), queued: AtomicU64::new(1), empty_at: AtomicU64::new(0) }
    }
}

impl CampaignSignals {
    /// Notes that messages were queued, or that their send queues changed.
    pub(crate) fn note_queued(&self) {
        self.queued.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns the version of the queues for [`note_empty`](Self::note_empty) if messages of campaigns may wait.
    pub(crate) fn may_wait(&self) -> Option<u64> {
        let version = self.queued.load(Ordering::Acquire);
        (self.empty_at.load(Ordering::Acquire) != version).then_some(version)
    }

    /// Notes that no message waits in this version of the queues.
    pub(crate) fn note_empty(&self, version: u64) {
        self.empty_at.store(version, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_queued_during_a_claim_is_not_missed() {
        let signals = CampaignSignals::default();
        let version = signals.may_wait().expect("an earlier process may have left messages");
        signals.note_queued();
        signals.note_empty(version);
        let version = signals.may_wait().expect("a message was queued since");
        signals.note_empty(version);
        assert_eq!(signals.may_wait(), None);
    }
}
