//! Events of a transaction, published after its commit.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use tokio::sync::{broadcast, watch};

use super::fault::Fault;
use crate::{DELIVERY_EVENT_CAPACITY, DeliveryEvent, EventType, LIVE_EVENT_CAPACITY, OutgoingEvent};

/// Channels to the receivers of events. Clones share the channels.
#[derive(Debug, Clone)]
pub(super) struct EventChannels {
    pub(super) deliveries: broadcast::Sender<DeliveryEvent>,
    pub(super) outgoing: broadcast::Sender<OutgoingEvent>,
    /// Number of commits that stored events or changed subscriptions.
    pub(super) stored: watch::Sender<u64>,
}

impl Default for EventChannels {
    fn default() -> Self {
        Self {
            deliveries: broadcast::Sender::new(DELIVERY_EVENT_CAPACITY),
            outgoing: broadcast::Sender::new(LIVE_EVENT_CAPACITY),
            stored: watch::Sender::default(),
        }
    }
}

/// Collects events until they are published.
#[derive(Debug)]
pub(super) struct Events {
    channels: EventChannels,
    deliveries: RefCell<Vec<DeliveryEvent>>,
    outgoing: RefCell<Vec<OutgoingEvent>>,
    /// Whether the transaction has changed the log of events or a subscription.
    has_stored: Cell<bool>,
    /// Types of events that a subscription has, once they were read.
    subscribed: RefCell<Option<HashSet<EventType>>>,
}

/// Numbers of collected events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EventCounts {
    deliveries: usize,
    outgoing: usize,
}

impl Events {
    pub(super) fn new(channels: EventChannels) -> Self {
        Self {
            channels,
            deliveries: RefCell::default(),
            outgoing: RefCell::default(),
            has_stored: Cell::default(),
            subscribed: RefCell::default(),
        }
    }

    /// Returns whether a delivery event has a receiver.
    pub(super) fn has_subscribers(&self) -> bool {
        self.channels.deliveries.receiver_count() > 0
    }

    /// Returns whether a live event has a receiver.
    pub(super) fn is_watched(&self) -> bool {
        self.channels.outgoing.receiver_count() > 0
    }

    /// Returns whether a subscription has events of this type. `load` reads the types of all subscriptions.
    pub(super) fn is_subscribed(
        &self,
        kind: EventType,
        load: impl FnOnce() -> Result<HashSet<EventType>, Fault>,
    ) -> Result<bool, Fault> {
        let mut subscribed = self.subscribed.borrow_mut();
        let types = match &mut *subscribed {
            Some(types) => types,
            empty @ None => empty.insert(load()?),
        };
        Ok(types.contains(&kind))
    }

    /// Reads the types of the subscriptions again before they are used.
    pub(super) fn forget_subscriptions(&self) {
        self.subscribed.replace(None);
    }

    pub(super) fn push(&self, event: DeliveryEvent) {
        self.deliveries.borrow_mut().push(event);
    }

    pub(super) fn push_live(&self, event: OutgoingEvent) {
        self.outgoing.borrow_mut().push(event);
    }

    /// Records that the log of events or a subscription has changed.
    pub(super) fn set_stored(&self) {
        self.has_stored.set(true);
    }

    /// Returns the numbers of collected events, for [`truncate`](Self::truncate).
    pub(super) fn counts(&self) -> EventCounts {
        EventCounts { deliveries: self.deliveries.borrow().len(), outgoing: self.outgoing.borrow().len() }
    }

    /// Drops the events after the first ones, whose operations were rolled back.
    pub(super) fn truncate(&self, counts: EventCounts) {
        self.deliveries.borrow_mut().truncate(counts.deliveries);
        self.outgoing.borrow_mut().truncate(counts.outgoing);
        // A change of the subscriptions may be rolled back as well.
        self.forget_subscriptions();
    }

    /// Publishes the collected events.
    pub(super) fn publish(&self) {
        // Sending fails if the last receiver was dropped.
        for event in self.deliveries.borrow_mut().drain(..) {
            let _ = self.channels.deliveries.send(event);
        }
        for event in self.outgoing.borrow_mut().drain(..) {
            let _ = self.channels.outgoing.send(event);
        }
        if self.has_stored.take() {
            self.channels.stored.send_modify(|commits| *commits = commits.wrapping_add(1));
        }
    }
}
