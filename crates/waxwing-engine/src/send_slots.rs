//! The slots of concurrent sends.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bounds the conversations to which the engine sends at the same time.
///
/// Sends that are slow, and sends to conversations whose last send failed, have slots of their own, so that they leave slots free for all
/// other conversations.
#[derive(Debug, Clone)]
pub(crate) struct SendSlots {
    healthy: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    /// The slots of the first kind that messages of campaigns may take: half of them.
    campaigns: Arc<Semaphore>,
}

/// The slot of one send queue, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct SendSlot {
    slots: SendSlots,
    /// None if all slots were taken: a claimed message is sent in any case.
    permit: Option<OwnedSemaphorePermit>,
    is_failing: bool,
    campaign: Option<OwnedSemaphorePermit>,
}

impl SendSlots {
    /// Creates `count` slots of each kind.
    pub(crate) fn new(count: usize) -> Self {
        let slots = |count: usize| Arc::new(Semaphore::new(count.max(1)));
        Self { healthy: slots(count), failing: slots(count), campaigns: slots(count / 2) }
    }

    /// Waits for a free slot for conversations whose sends do not fail, and returns the number of these slots.
    pub(crate) async fn healthy_free(&self) -> usize {
        drop(self.healthy.acquire().await.expect("the semaphore is never closed"));
        self.healthy.available_permits()
    }

    /// Returns the number of free slots for slow and failing sends.
    pub(crate) fn free_failing(&self) -> usize {
        self.failing.available_permits()
    }

    /// Returns the number of slots that messages of campaigns may still take.
    pub(crate) fn free_for_campaigns(&self) -> usize {
        self.campaigns.available_permits().min(self.healthy.available_permits())
    }

    /// Returns true if messages of campaigns do not hold all slots that they may take.
    pub(crate) fn has_slot_for_campaign(&self) -> bool {
        self.campaigns.available_permits() > 0
    }

    /// Takes a slot for a claimed send queue.
    pub(crate) fn take(&self, is_failing: bool, is_campaign: bool) -> SendSlot {
        let slots = if is_failing { &self.failing } else { &self.healthy };
        let campaign = is_campaign.then(|| self.campaigns.clone().try_acquire_owned().ok()).flatten();
        let permit = slots.clone().try_acquire_owned().ok();
        SendSlot { permit, slots: self.clone(), is_failing, campaign }
    }

    /// Takes a slot for a conversation whose sends do not fail. Returns none if no slot is free.
    pub(crate) fn try_take_healthy(&self) -> Option<SendSlot> {
        Some(self.take(false, false)).filter(|slot| slot.permit.is_some())
    }
}

impl SendSlot {
    /// Exchanges the slot of a slow send, if a slot for slow sends is free.
    pub(crate) fn exchange(&mut self) {
        if !self.is_failing
            && let Ok(permit) = self.slots.failing.clone().try_acquire_owned()
        {
            self.permit = Some(permit);
            self.is_failing = true;
        }
    }

    /// Returns true for a slot of a message of a campaign.
    pub(crate) fn is_campaign(&self) -> bool {
        self.campaign.is_some()
    }

    /// Returns true for a slot that is for slow and failing sends.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_sends_leave_the_slots_of_others() {
        let slots = SendSlots::new(2);
        let mut slow: Vec<_> = (0..3).map(|_| slots.take(false, false)).collect();
        assert!(slots.try_take_healthy().is_none());
        slow.iter_mut().for_each(SendSlot::exchange);
        assert_eq!((slots.healthy.available_permits(), slots.free_failing()), (2, 0));
        slow.pop();
        slow.pop();
        assert_eq!((slots.healthy.available_permits(), slots.free_failing()), (2, 1));
    }

    #[test]
    fn campaigns_take_half_of_the_slots() {
        let slots = SendSlots::new(4);
        let campaigns: Vec<_> = (0..2).map(|_| slots.take(false, true)).collect();
        assert_eq!((slots.free_for_campaigns(), slots.healthy.available_permits()), (0, 2));
        let _replies: Vec<_> = (0..2).map(|_| slots.take(false, false)).collect();
        drop(campaigns);
        assert_eq!(slots.free_for_campaigns(), 2);
        let _more = [slots.take(false, false)];
        assert_eq!(slots.free_for_campaigns(), 1, "a slot is free for a campaign only if it is free");
    }
}
