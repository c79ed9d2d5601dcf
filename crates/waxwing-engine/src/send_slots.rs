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
}

/// The slot of one send queue, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct SendSlot {
    slots: SendSlots,
    /// None if all slots were taken: a claimed message is sent in any case.
    permit: Option<OwnedSemaphorePermit>,
    is_failing: bool,
}

impl SendSlots {
    /// Creates `count` slots of each kind.
    pub(crate) fn new(count: usize) -> Self {
        let slots = || Arc::new(Semaphore::new(count.max(1)));
        Self { healthy: slots(), failing: slots() }
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

    /// Takes a slot for a claimed send queue.
    pub(crate) fn take(&self, is_failing: bool) -> SendSlot {
        let slots = if is_failing { &self.failing } else { &self.healthy };
        SendSlot { permit: slots.clone().try_acquire_owned().ok(), slots: self.clone(), is_failing }
    }

    /// Takes a slot for a conversation whose sends do not fail. Returns none if no slot is free.
    pub(crate) fn try_take_healthy(&self) -> Option<SendSlot> {
        Some(self.take(false)).filter(|slot| slot.permit.is_some())
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
        let mut slow: Vec<_> = (0..3).map(|_| slots.take(false)).collect();
        assert!(slots.try_take_healthy().is_none());
        slow.iter_mut().for_each(SendSlot::exchange);
        assert_eq!((slots.healthy.available_permits(), slots.free_failing()), (2, 0));
        slow.pop();
        slow.pop();
        assert_eq!((slots.healthy.available_permits(), slots.free_failing()), (2, 1));
    }
}
