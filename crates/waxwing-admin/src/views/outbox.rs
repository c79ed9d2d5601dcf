//! Messages of the outbox.

use serde::{Deserialize, Serialize};
use waxwing::client::ErrorCode;
use waxwing::store::{AttemptRecord, DeliveryRecord, OutboxRecord, OutboxRow, QueuedMessage, RecordedEvent, Timestamp};
use waxwing::types::MessageId;

/// A message of the outbox, without its recipient and its content. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboxView {
    /// Id of the message in the outbox.
    pub id: i64,
    /// State, such as `queued`, `in_doubt`, `accepted`, `delivered` or `dead_letter`.
    pub state: String,
    /// Type of the message, such as `text`.
    pub kind: String,
    /// Number of attempts to send it.
    pub attempts: u32,
    /// Id of the conversation.
    pub conversation: i64,
    /// Id of the run that wrote the message.
    pub run: String,
    /// Meta's code of the last error.
    pub code: Option<i64>,
    /// Reason of the last error.
    pub reason: Option<String>,
    /// Time at which the message was queued.
    pub created_at: i64,
    /// Time of the last change.
    pub changed_at: i64,
}

impl From<OutboxRow> for OutboxView {
    fn from(row: OutboxRow) -> Self {
        Self {
            id: row.id.0,
            state: row.state.as_str().to_owned(),
            kind: row.kind,
            attempts: row.attempts,
            conversation: row.conversation.0,
            run: row.run.0,
            code: row.error.as_ref().and_then(|error| error.code),
            reason: row.error.map(|error| error.message),
            created_at: row.created_at.as_millis(),
            changed_at: row.changed_at.as_millis(),
        }
    }
}

/// A message that was queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueuedView {
    /// Id of the message in the outbox.
    pub id: i64,
    /// Key of the conversation.
    pub conversation: String,
    /// Whether an earlier request with the same idempotency key queued the message.
    pub repeated: bool,
}

impl From<QueuedMessage> for QueuedView {
    fn from(queued: QueuedMessage) -> Self {
        Self { id: queued.message.0, conversation: queued.conversation_key, repeated: queued.is_repeated }
    }
}

/// An event that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedView {
    /// Key of the conversation.
    pub conversation: String,
    /// Whether an earlier request with the same idempotency key recorded the event.
    pub repeated: bool,
}

impl From<RecordedEvent> for RecordedView {
    fn from(recorded: RecordedEvent) -> Self {
        Self { conversation: recorded.conversation_key, repeated: recorded.is_repeated }
    }
}

/// A message of the outbox with its attempts and delivery events. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboxDetailView {
    /// The message.
    #[serde(flatten)]
    pub row: OutboxView,
    /// Id of the business number.
    pub number: String,
    /// Meta's id of the message.
    pub message_id: Option<String>,
    /// Meta's id of the uploaded media.
    pub media_id: Option<String>,
    /// Earliest time of the next attempt, or of the end of the in-doubt window.
    pub due: Option<i64>,
    /// Attempts to send the message, oldest first.
    pub requests: Vec<AttemptView>,
    /// Delivery events, oldest first.
    pub events: Vec<DeliveryView>,
}

/// An attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttemptView {
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Start of the request, in milliseconds since the Unix epoch.
    pub started_at: i64,
    /// Meta's id of the message, if Meta accepted this attempt.
    pub message_id: Option<String>,
    /// Meta's error code. Kept with the reason for the newest 10 attempts.
    pub code: Option<i64>,
    /// Why the attempt failed.
    pub reason: Option<String>,
    /// Explanation of the code.
    pub explanation: Option<CodeView>,
}

/// Explanation of one of Meta's error codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CodeView {
    /// Meaning of the code.
    pub meaning: String,
    /// Action of the operator that helps.
    pub remedy: String,
    /// Meta's page about the codes.
    pub page: String,
}

impl CodeView {
    /// Returns the explanation of a code, if the code is known.
    fn find(code: Option<i64>) -> Option<Self> {
        let entry = ErrorCode::find(code?)?;
        let (meaning, remedy) = (entry.meaning().to_owned(), entry.remedy().to_owned());
        Some(Self { meaning, remedy, page: ErrorCode::PAGE.to_owned() })
    }
}

/// A change of the delivery state of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryView {
    /// Number of the attempt.
    pub attempt: u32,
    /// State, such as `accepted`, `delivered` or `failed`.
    pub state: String,
    /// Time of the change, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Meta's error code.
    pub code: Option<i64>,
    /// Meta's reason.
    pub reason: Option<String>,
    /// Explanation of the code.
    pub explanation: Option<CodeView>,
    /// Number of group participants that the change concerns.
    pub participants: Option<u32>,
}

impl From<OutboxRecord> for OutboxDetailView {
    fn from(record: OutboxRecord) -> Self {
        Self {
            number: record.row.number.as_str().to_owned(),
            message_id: record.row.message_id.as_ref().map(|id| id.as_str().to_owned()),
            media_id: record.row.media_id.as_ref().map(|id| id.as_str().to_owned()),
            due: record.due.map(Timestamp::as_millis),
            requests: record.attempts.into_iter().map(AttemptView::from).collect(),
            events: record.deliveries.into_iter().map(DeliveryView::from).collect(),
            row: record.row.into(),
        }
    }
}

impl From<AttemptRecord> for AttemptView {
    fn from(attempt: AttemptRecord) -> Self {
        let code = attempt.error.as_ref().and_then(|error| error.code);
        Self {
            attempt: attempt.attempt,
            started_at: attempt.started_at.as_millis(),
            message_id: attempt.message_id.map(MessageId::into_string),
            code,
            reason: attempt.error.map(|error| error.message),
            explanation: CodeView::find(code),
        }
    }
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(event: DeliveryRecord) -> Self {
        let code = event.error.as_ref().and_then(|error| error.code);
        Self {
            attempt: event.attempt,
            state: event.state.as_str().to_owned(),
            at: event.at.as_millis(),
            code,
            reason: event.error.map(|error| error.message),
            explanation: CodeView::find(code),
            participants: event.participants,
        }
    }
}
