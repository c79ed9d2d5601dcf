//! Observation of a running store.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast;
use waxwing_types::{MessageId, PhoneNumberId};

use crate::Error;
use crate::ids::{ConversationId, OutboxId, RunId};
use crate::outbox::{OutboxState, SendError};
use crate::queue_depth::QueueDepth;
use crate::time::Timestamp;

/// Reports the health of a store and what happens to sent messages.
#[async_trait]
pub trait MonitorStore: Send + Sync + fmt::Debug {
    /// Checks that the store can commit writes, with a test write unless another write was committed within the last second.
    ///
    /// # Errors
    ///
    /// [`Error::Faulted`] if the store has latched a fault; [`Error::Database`] if the test write failed; [`Error::Closed`].
    async fn check_health(&self) -> Result<(), Error>;

    /// Returns how long the oldest turn or send of these numbers has been due; zero if none is due.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn backlog_age(&self, numbers: &[PhoneNumberId]) -> Result<Duration, Error>;

    /// Returns the lengths of the queues of these numbers, in their order. The counts end at [`QueueDepth::MAX_COUNTED`] messages.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn queue_depths(&self, numbers: &[PhoneNumberId]) -> Result<Vec<QueueDepth>, Error>;

    /// Returns whether messages of a conversation wait to be sent, are being sent, or are in doubt. Parked messages do not count.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn has_unsent_messages(&self, conversation: ConversationId) -> Result<bool, Error>;

    /// Subscribes to delivery events that this process observes from now on.
    ///
    /// An event is published after each change of a row to [`OutboxState::Accepted`] or a later state. Events are not stored: a receiver
    /// that falls more than [`DELIVERY_EVENT_CAPACITY`] events behind loses the oldest.
    fn delivery_events(&self) -> DeliveryEvents;
}

/// Number of delivery events that are kept for a slow receiver.
pub const DELIVERY_EVENT_CAPACITY: usize = 1024;

/// Stream of delivery events: see [`MonitorStore::delivery_events`].
pub type DeliveryEvents = broadcast::Receiver<DeliveryEvent>;

/// A change of a sent message. `Debug` output contains no data of the caller.
#[derive(Clone, PartialEq, Eq)]
pub struct DeliveryEvent {
    /// Key of the outbox row.
    pub outbox: OutboxId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Business number that sent the message.
    pub number: PhoneNumberId,
    /// Meta's message id; `None` if Meta did not accept the message.
    pub message_id: Option<MessageId>,
    /// Data of the caller, from [`Draft::callback_data`](crate::Draft::callback_data).
    pub callback_data: Option<String>,
    /// New state: [`OutboxState::Accepted`] or a later state.
    pub state: OutboxState,
    /// Reason of a failure or of a dead letter.
    pub error: Option<SendError>,
    /// The run that queued the message.
    pub run: RunId,
    /// Name of the agent of the turn, as in [`SendSource::agent`](crate::SendSource::agent).
    pub agent: Option<String>,
    /// Time of the change: Meta's time for a status, in whole seconds, else the time of the store.
    pub at: Timestamp,
}

impl fmt::Debug for DeliveryEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryEvent")
            .field("outbox", &self.outbox)
            .field("conversation", &self.conversation)
            .field("number", &self.number)
            .field("state", &self.state)
            .field("error", &self.error)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
