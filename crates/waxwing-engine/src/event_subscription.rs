//! Subscriptions of other systems to events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_store::EventType;

/// Largest number of subscriptions of an engine.
pub const MAX_SUBSCRIPTIONS: usize = 32;

/// A subscription to events.
///
/// Events that are caused while the receiver is away are kept for three days. Each event is delivered at least once, those of one conversation in
/// order. `docs/events.md` of the project describes the events.
///
/// ```
/// use std::sync::Arc;
///
/// use waxwing_engine::{EventDelivery, EventReceipt, EventReceiver, EventSubscription};
/// use waxwing_store::EventType;
///
/// #[derive(Debug)]
/// struct Printer;
///
/// #[async_trait::async_trait]
/// impl EventReceiver for Printer {
///     async fn receive(&self, event: EventDelivery) -> EventReceipt {
///         println!("{} {}", event.event_id, event.kind);
///         EventReceipt::Delivered
///     }
/// }
///
/// let subscription = EventSubscription::new("printer", Arc::new(Printer), [EventType::HandoffStarted]);
/// assert_eq!(subscription.name, "printer");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct EventSubscription {
    /// Name, unique within the engine. A subscription goes on where the one with the same name ended.
    pub name: String,
    /// Receiver of the events.
    pub receiver: Arc<dyn EventReceiver>,
    /// Types of events.
    pub types: Vec<EventType>,
}

impl EventSubscription {
    /// Creates a subscription.
    pub fn new(
        name: impl Into<String>,
        receiver: Arc<dyn EventReceiver>,
        types: impl IntoIterator<Item = EventType>,
    ) -> Self {
        Self { name: name.into(), receiver, types: types.into_iter().collect() }
    }
}

impl fmt::Debug for EventSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSubscription")
            .field("name", &self.name)
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

/// Takes events, for example with a request to another system.
#[async_trait]
pub trait EventReceiver: Send + Sync + fmt::Debug {
    /// Takes one event. A call that takes longer than a minute, or that panics, counts as failed.
    ///
    /// An event can come again, with the same `event_id`. Events of different conversations come at the same time.
    async fn receive(&self, event: EventDelivery) -> EventReceipt;
}

/// An event on its way to a receiver. `Debug` output has no data of users.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventDelivery {
    /// Id of the event, the same with each delivery.
    pub event_id: String,
    /// Type.
    pub kind: EventType,
    /// JSON of the event, in the format of `docs/events.md`.
    pub body: Bytes,
}

impl fmt::Debug for EventDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventDelivery")
            .field("kind", &self.kind)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Answer of an [`EventReceiver`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventReceipt {
    /// The receiver has the event.
    Delivered,
    /// The event has to be delivered again.
    Failed {
        /// Reason for operators, without secrets and data of users.
        reason: String,
        /// Shortest time until the next delivery.
        retry_after: Option<Duration>,
    },
    /// The receiver wants no more events. The subscription is disabled.
    Gone,
}
