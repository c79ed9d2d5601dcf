//! Table `status`: statuses of sent messages.

use rusqlite::{Connection, Row, params};
use waxwing_types::MessageId;

use super::outbox::{read_error, read_state};
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{OutboxState, SendError, StatusUpdate, Timestamp};

/// Inserts a status.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, state: OutboxState, update: &StatusUpdate) -> Result<(), Fault> {
    let (code, title) = update.error.as_ref().map(|(code, title)| (*code, title.as_str())).unzip();
    tx.run(
        "INSERT INTO status (message_id, kind, at, participant, callback_data, error_code, error, body, received_at,
             allows_fallback)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            update.id.as_str(),
            state.as_str(),
            update.at,
            update.participant,
            update.callback_data,
            code,
            title,
            &update.body[..],
            tx.now.as_millis(),
            update.allows_fallback,
        ],
    )?;
    Ok(())
}

/// A stored status.
pub(in crate::sqlite) struct StatusRow {
    pub(in crate::sqlite) state: OutboxState,
    /// Meta's time.
    pub(in crate::sqlite) at: Timestamp,
    /// Whether the status applies to one participant of a group.
    pub(in crate::sqlite) is_of_participant: bool,
    pub(in crate::sqlite) error: Option<SendError>,
    pub(in crate::sqlite) allows_fallback: bool,
    pub(in crate::sqlite) received_at: Timestamp,
}

/// Returns the statuses of a message, in the order in which they arrived.
pub(in crate::sqlite) fn list(conn: &Connection, message: &MessageId) -> Result<Vec<StatusRow>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, at, participant IS NOT NULL, error_code, error, received_at, allows_fallback FROM status
         WHERE message_id = ?1 ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        Ok(StatusRow {
            state: read_state(row, 0)?,
            at: Timestamp::from_millis(row.get::<_, i64>(1)?.saturating_mul(1000)),
            is_of_participant: row.get(2)?,
            error: read_error(row, 3)?,
            allows_fallback: row.get(6)?,
            received_at: Timestamp::from_millis(row.get(5)?),
        })
    };
    Ok(statement.query_map([message.as_str()], read)?.collect::<Result<_, _>>()?)
}
