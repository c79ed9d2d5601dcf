//! Delivery events of a transaction, published after its commit.

use std::cell::RefCell;

use tokio::sync::broadcast;

use crate::DeliveryEvent;

/// Collects delivery events until they are published.
#[derive(Debug)]
pub(super) struct Events {
    subscribers: broadcast::Sender<DeliveryEvent>,
    collected: RefCell<Vec<DeliveryEvent>>,
}

impl Events {
    pub(super) fn new(subscribers: broadcast::Sender<DeliveryEvent>) -> Self {
        Self { subscribers, collected: RefCell::default() }
    }

    /// Returns whether an event has a receiver.
    pub(super) fn has_subscribers(&self) -> bool {
        self.subscribers.receiver_count() > 0
    }

    pub(super) fn push(&self, event: DeliveryEvent) {
        self.collected.borrow_mut().push(event);
    }

    /// Returns the number of collected events, for [`truncate`](Self::truncate).
    pub(super) fn len(&self) -> usize {
        self.collected.borrow().len()
    }

    /// Drops the events after the first `len` ones, whose operations were rolled back.
    pub(super) fn truncate(&self, len: usize) {
        self.collected.borrow_mut().truncate(len);
    }

    /// Publishes the collected events.
    pub(super) fn publish(&self) {
        for event in self.collected.borrow_mut().drain(..) {
            // Fails if the last receiver was dropped.
            let _ = self.subscribers.send(event);
        }
    }
}
