//! What happened to messages in a transaction, told once the transaction is on disk.

use std::cell::RefCell;

use tokio::sync::broadcast;

use crate::DeliveryEvent;

/// Collects news of deliveries until they are published.
#[derive(Debug)]
pub(super) struct Events {
    listeners: broadcast::Sender<DeliveryEvent>,
    collected: RefCell<Vec<DeliveryEvent>>,
}

impl Events {
    pub(super) fn new(listeners: broadcast::Sender<DeliveryEvent>) -> Self {
        Self { listeners, collected: RefCell::default() }
    }

    /// False if nobody would hear of it.
    pub(super) fn are_wanted(&self) -> bool {
        self.listeners.receiver_count() > 0
    }

    pub(super) fn push(&self, delivery: DeliveryEvent) {
        self.collected.borrow_mut().push(delivery);
    }

    /// How many were collected so far: to be handed to [`take_back`](Self::take_back).
    pub(super) fn mark(&self) -> usize {
        self.collected.borrow().len()
    }

    /// Forgets what was collected since the mark: it was rolled back.
    pub(super) fn take_back(&self, mark: usize) {
        self.collected.borrow_mut().truncate(mark);
    }

    /// Tells the listeners.
    pub(super) fn publish(&self) {
        for delivery in self.collected.borrow_mut().drain(..) {
            // The last listener may have gone away meanwhile.
            let _ = self.listeners.send(delivery);
        }
    }
}
