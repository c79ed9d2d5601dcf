//! Reports on outbox rows. They contain neither recipients nor content.

use waxwing_types::{MediaId, MessageId, PhoneNumberId};

use crate::ids::{ConversationId, OutboxId, RunId};
use crate::outbox::{OutboxState, SendError};
use crate::time::Timestamp;

/// Number of failed attempts of a row whose reasons are kept: those of the newest attempts.
pub const MAX_ATTEMPT_ERRORS: u32 = 10;

/// An outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Key of the row.
    pub id: OutboxId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Business number that sends the message.
    pub number: PhoneNumberId,
    /// Run or operator's action that queued the message.
    pub run: RunId,
    /// Meta's `type` of the message.
    pub kind: String,
    /// State.
    pub state: OutboxState,
    /// Number of attempts over the whole life of the row.
    pub attempts: u32,
    /// Meta's message id, if Meta accepted the message.
    pub message_id: Option<MessageId>,
    /// Meta's id of the medium, if it is uploaded.
    pub media_id: Option<MediaId>,
    /// Last failure.
    pub error: Option<SendError>,
    /// Time at which the row was created.
    pub created_at: Timestamp,
    /// Time of the last change of the state.
    pub changed_at: Timestamp,
}

/// An outbox row with its attempts and its delivery history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// The row.
    pub row: OutboxRow,
    /// Earliest time of the next attempt of a queued row, or end of the in-doubt window of a row in doubt.
    pub due: Option<Timestamp>,
    /// Attempts, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// Delivery history, in the order in which the store learned of it.
    pub deliveries: Vec<DeliveryRecord>,
}

/// An attempt to send a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Number of the attempt, counted from 1 over the whole life of the row.
    pub attempt: u32,
    /// Time of the claim, immediately before the request.
    pub started_at: Timestamp,
    /// Meta's message id, if Meta is known to have accepted the message.
    pub message_id: Option<MessageId>,
    /// Why the attempt failed, for the newest [`MAX_ATTEMPT_ERRORS`] attempts.
    pub error: Option<SendError>,
}

/// An entry of a row's delivery history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Number of the attempt.
    pub attempt: u32,
    /// [`OutboxState::Accepted`], or the state that a status reported.
    pub state: OutboxState,
    /// Time of the change: the time of the store for [`OutboxState::Accepted`], else Meta's time in whole seconds. For participants of a
    /// group, the time of the first participant.
    pub at: Timestamp,
    /// Meta's code and title, with [`OutboxState::Failed`].
    pub error: Option<SendError>,
    /// Number of group participants to whom the entry applies; `None` for a one-to-one message.
    pub participants: Option<u32>,
}
