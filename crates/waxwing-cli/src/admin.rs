//! How the commands reach a database that a running server holds: the server has a small interface of its own, on the loopback
//! address alone and behind a token, and leaves a note beside the database that says where.

mod desk;
mod note;
mod people;
mod server;

use serde::{Deserialize, Serialize};
use waxwing::store::{AttemptRecord, DeliveryRecord, OutboxRecord, OutboxRow, Timestamp};
use waxwing::types::MessageId;

pub(crate) use desk::AdminClient;
pub(crate) use people::{ConversationView, MemoryView, Selector, UserDataView};
pub(crate) use server::Admin;

/// A message in the outbox, as an operator sees it: no recipient and no text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) state: String,
    pub(crate) kind: String,
    pub(crate) attempts: u32,
    pub(crate) conversation: i64,
    pub(crate) run: String,
    pub(crate) code: Option<i64>,
    pub(crate) reason: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub(crate) created_at: i64,
    /// Milliseconds since the Unix epoch.
    pub(crate) changed_at: i64,
}

impl From<OutboxRow> for Row {
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

/// A message in the outbox with its whole way. All times are milliseconds since the Unix epoch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) row: Row,
    pub(crate) number: String,
    pub(crate) message_id: Option<String>,
    pub(crate) media_id: Option<String>,
    /// When it is sent, or its doubt ends, at the earliest.
    pub(crate) due: Option<i64>,
    pub(crate) requests: Vec<Request>,
    pub(crate) events: Vec<Event>,
}

/// A request that was made for a message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) attempt: u32,
    pub(crate) started_at: i64,
    pub(crate) message_id: Option<String>,
}

/// What was heard of a message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) attempt: u32,
    pub(crate) state: String,
    pub(crate) at: i64,
    pub(crate) code: Option<i64>,
    pub(crate) reason: Option<String>,
    /// ActionTarget how many participants of a group it happened.
    pub(crate) participants: Option<u32>,
}

impl From<OutboxRecord> for Record {
    fn from(record: OutboxRecord) -> Self {
        Self {
            number: record.row.number.as_str().to_owned(),
            message_id: record.row.message_id.as_ref().map(|id| id.as_str().to_owned()),
            media_id: record.row.media_id.as_ref().map(|id| id.as_str().to_owned()),
            due: record.due.map(Timestamp::as_millis),
            requests: record.attempts.into_iter().map(Request::from).collect(),
            events: record.deliveries.into_iter().map(Event::from).collect(),
            row: record.row.into(),
        }
    }
}

impl From<AttemptRecord> for Request {
    fn from(attempt: AttemptRecord) -> Self {
        Self {
            attempt: attempt.attempt,
            started_at: attempt.started_at.as_millis(),
            message_id: attempt.message_id.map(MessageId::into_string),
        }
    }
}

impl From<DeliveryRecord> for Event {
    fn from(event: DeliveryRecord) -> Self {
        Self {
            attempt: event.attempt,
            state: event.state.as_str().to_owned(),
            at: event.at.as_millis(),
            code: event.error.as_ref().and_then(|error| error.code),
            reason: event.error.map(|error| error.message),
            participants: event.participants,
        }
    }
}
