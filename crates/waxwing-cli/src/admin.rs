//! How the commands reach a database that a running server holds: the server has a small interface of its own, on the loopback
//! address alone and behind a token, and leaves a note beside the database that says where.

mod desk;
mod note;
mod server;

use serde::{Deserialize, Serialize};
use waxwing::store::OutboxRow;

pub(crate) use desk::Desk;
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
