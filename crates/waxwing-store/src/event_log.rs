//! Log of events for other systems.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{broadcast, watch};
use waxwing_types::{MessageId, OutboundContent, PhoneNumberId};

use crate::event_type::EventType;
use crate::ids::{ConversationId, EventId, OutboxId};
use crate::outbox::SendError;
use crate::time::Timestamp;
use crate::user::UserIdentity;
use crate::{Error, redact};

/// Number of partitions of a subscription. The events of one partition are delivered in order.
pub const EVENT_PARTITIONS: u8 = 8;

/// Time for which events are kept: 3 days.
pub const EVENT_AGE: Duration = Duration::from_hours(3 * 24);

/// Number of live events that are kept for a slow receiver.
pub const LIVE_EVENT_CAPACITY: usize = 1024;

/// Keeps events for other systems until they are delivered.
///
/// The transaction that causes an event stores it, if a subscription has its type. Events of one conversation are in one partition, and each
/// subscription has a cursor in each partition. An event is kept for [`EVENT_AGE`].
#[async_trait]
pub trait EventStore: Send + Sync + fmt::Debug {
    /// Replaces the subscriptions. A new subscription begins with the next event. A known one keeps its cursors and its state. The cursors of
    /// a subscription that is not in the list are removed.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn set_subscriptions(&self, subscriptions: Vec<NewSubscription>) -> Result<(), Error>;

    /// Returns the subscriptions, sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn subscriptions(&self) -> Result<Vec<Subscription>, Error>;

    /// Returns the next events of a subscription: up to `limit` for each position. The order of the batches is that of the positions.
    ///
    /// Call it again after [`stored_events`](Self::stored_events) has changed.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if the subscription was removed, disabled, or set back since it had this epoch.
    async fn next_events(
        &self,
        subscription: &str,
        epoch: i64,
        positions: Vec<EventPosition>,
        limit: usize,
    ) -> Result<Vec<EventBatch>, Error>;

    /// Moves a cursor behind an event that was delivered.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if the subscription was removed, disabled, or set back in the meantime.
    async fn record_delivery(&self, cursor: &EventCursor, delivered: EventId) -> Result<(), Error>;

    /// Records that an event could not be delivered, and disables the subscription if its time is over. A disabled subscription raises the
    /// event [`EventType::AlarmRaised`] in the same transaction.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if the subscription was removed, disabled, or set back in the meantime.
    async fn record_delivery_failure(
        &self,
        cursor: &EventCursor,
        failure: DeliveryFailure,
    ) -> Result<FailedDelivery, Error>;

    /// Enables a subscription. It goes on where it ended, as far as the events are kept.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such subscription.
    async fn enable_subscription(&self, name: &str) -> Result<(), Error>;

    /// Sets a subscription back, so that it gets the kept events since a time again. Events that were not delivered yet stay due.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such subscription.
    async fn redeliver_events(&self, name: &str, since: Timestamp) -> Result<(), Error>;

    /// Stores an event that no other write of the store causes, if a subscription has its type.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn raise_event(&self, event: NewOutgoingEvent) -> Result<(), Error>;

    /// Returns a counter that changes after each commit that stored events, or that changed a subscription.
    fn stored_events(&self) -> watch::Receiver<u64>;

    /// Subscribes to the events of all types that this process causes from now on, also those that are not stored. A receiver that falls more than
    /// [`LIVE_EVENT_CAPACITY`] events behind loses the oldest.
    fn live_events(&self) -> broadcast::Receiver<OutgoingEvent>;
}

/// A subscription to set. `Debug` output has no data of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// Name, unique within the store.
    pub name: String,
    /// Types of events.
    pub types: Vec<EventType>,
}

/// A subscription with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// Name.
    pub name: String,
    /// Types of events.
    pub types: Vec<EventType>,
    /// Version of the cursors. An enabling and a redelivery change it.
    pub epoch: i64,
    /// Time and reason of the disabling; `None` if the subscription is enabled.
    pub disabled: Option<(Timestamp, String)>,
    /// Time of the first failure since the last delivery, in any partition; `None` if none failed.
    pub failing_since: Option<Timestamp>,
    /// The last delivered event of each partition.
    pub delivered: Vec<EventId>,
}

/// Place in the log from which events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPosition {
    /// Partition.
    pub partition: u8,
    /// The event before the first one to read.
    pub after: EventId,
}

/// Events of one partition.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EventBatch {
    /// Partition.
    pub partition: u8,
    /// The events, in order.
    pub events: Vec<PendingEvent>,
    /// The last event that was examined. Events of other types are skipped.
    pub examined: EventId,
}

/// Cursor of a subscription in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCursor {
    /// Name of the subscription.
    pub subscription: String,
    /// [`Subscription::epoch`].
    pub epoch: i64,
    /// Partition.
    pub partition: u8,
}

/// Why an event could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFailure {
    /// Reason without secrets, for operators.
    pub reason: String,
    /// Time since the first failure after which the subscription is disabled. Zero disables it at once.
    pub gives_up_after: Duration,
}

/// State of a partition after a failed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedDelivery {
    /// Number of failures since the last delivery.
    pub failures: u32,
    /// Whether the subscription is disabled now.
    pub is_disabled: bool,
}

/// An event to store. `Debug` output has no data of users.
#[derive(Clone, PartialEq)]
pub struct NewOutgoingEvent {
    /// Type.
    pub kind: EventType,
    /// Conversation of the event, if there is one.
    pub conversation: Option<ConversationId>,
    /// Business number of an event without a conversation.
    pub number: Option<PhoneNumberId>,
    /// Data of the event.
    pub data: Value,
}

/// An event as it happens. `Debug` output has no data of users.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct OutgoingEvent {
    /// Type.
    pub kind: EventType,
    /// Time of the store.
    pub at: Timestamp,
    /// Conversation of the event, if there is one.
    pub conversation: Option<ConversationId>,
    /// Business number of an event without a conversation.
    pub number: Option<PhoneNumberId>,
    /// Data of the event, without texts of messages.
    pub data: Value,
}

/// A stored event on its way to a subscriber. `Debug` output has no data of users.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct PendingEvent {
    /// Key.
    pub id: EventId,
    /// Id for receivers, unique over all databases. The same with each delivery.
    pub event_id: String,
    /// The event.
    pub event: OutgoingEvent,
    /// Key of the conversation for other systems.
    pub conversation_key: Option<String>,
    /// The user of the conversation, or the sender of the message.
    pub user: Option<UserIdentity>,
    /// The message that the event is about.
    pub subject: EventSubject,
}

/// Message that an event is about. `Debug` output has no texts.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum EventSubject {
    /// The event is about no message.
    None,
    /// The message was removed in the meantime, so the event tells nothing any more.
    Removed,
    /// A received message.
    Received {
        /// Meta's id.
        id: MessageId,
        /// Meta's name of the type.
        kind: String,
        /// JSON of the message, as received.
        body: Bytes,
    },
    /// A message of the outbox.
    Sent {
        /// Key of the row.
        id: OutboxId,
        /// Content. `None` if this version cannot read it.
        content: Option<OutboundContent>,
        /// Name of the agent that wrote the message.
        agent: Option<String>,
        /// Whether an operator wrote the message.
        is_from_operator: bool,
        /// Reason of a failure.
        error: Option<SendError>,
    },
}

impl fmt::Debug for NewOutgoingEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOutgoingEvent").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for OutgoingEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingEvent").field("kind", &self.kind).field("at", &self.at).finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingEvent").field("id", &self.id).field("event", &self.event).finish_non_exhaustive()
    }
}

impl fmt::Debug for EventSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Removed => f.write_str("Removed"),
            Self::Received { kind, body, .. } => {
                f.debug_struct("Received").field("kind", kind).field("body", &redact::length(body)).finish()
            }
            Self::Sent { id, .. } => f.debug_struct("Sent").field("id", id).finish_non_exhaustive(),
        }
    }
}
