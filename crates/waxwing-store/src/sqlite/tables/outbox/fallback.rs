//! Ends of rows of the table `outbox` that are not delivered, with what takes their place.

use rusqlite::params;
use waxwing_types::OutboundContent;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, OutboxId, OutboxState, SendError, Timestamp};

/// A row that will not be delivered.
pub(in crate::sqlite) struct EndedRow {
    pub(in crate::sqlite) conversation: ConversationId,
    pub(in crate::sqlite) run: String,
    pub(in crate::sqlite) part: u32,
    pub(in crate::sqlite) position: i64,
    pub(in crate::sqlite) queued_at: Timestamp,
    /// As it is stored.
    fallback: Option<Vec<u8>>,
}

macro_rules! ended_columns {
    () => {
        "conversation, run, part, position, queued_at, fallback"
    };
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<EndedRow> {
    Ok(EndedRow {
        conversation: ConversationId(row.get(0)?),
        run: row.get(1)?,
        part: row.get(2)?,
        position: row.get(3)?,
        queued_at: Timestamp::from_millis(row.get(4)?),
        fallback: row.get(5)?,
    })
}

/// Sets a row to `failed` or `dead_letter`. A row that Meta refused has no message id.
pub(in crate::sqlite) fn set_ended(
    tx: &Tx<'_>,
    id: OutboxId,
    state: OutboxState,
    error: &SendError,
) -> Result<EndedRow, Fault> {
    tx.one(
        concat!(
            "UPDATE outbox SET state = ?2, error_code = ?3, error = ?4, changed_at = ?5 WHERE id = ?1 RETURNING ",
            ended_columns!()
        ),
        params![id.0, state.as_str(), error.code, error.message, tx.now.as_millis()],
        read,
    )
}

/// Returns a row that has ended.
pub(in crate::sqlite) fn get_ended(tx: &Tx<'_>, id: OutboxId) -> Result<EndedRow, Fault> {
    tx.one(concat!("SELECT ", ended_columns!(), " FROM outbox WHERE id = ?1"), [id.0], read)
}

/// Queues the fallback of an ended row at a position, at most once. The rows that need the ended row need the fallback from now on. Returns
/// whether there was a fallback.
pub(in crate::sqlite) fn queue(tx: &Tx<'_>, id: OutboxId, ended: &EndedRow, position: i64) -> Result<bool, Fault> {
    let Some(stored) = &ended.fallback else { return Ok(false) };
    let Ok(fallback) = tx.conn.open(Column::Fallback, stored) else { return Ok(false) };
    let Ok(content) = serde_json::from_slice::<OutboundContent>(&fallback) else { return Ok(false) };
    let stored = tx.conn.seal(Column::Outbox, Some(ended.conversation), &fallback)?;
    tx.run("UPDATE outbox SET fallback = NULL WHERE id = ?1", [id.0])?;
    let part: u32 = tx.one(
        "INSERT INTO outbox (conversation, position, run, part, recipient, kind, content, reply_to, callback_data, interim,
             from_operator, class, agent, needs, replaces, state, due_at, created_at, queued_at, changed_at)
         SELECT conversation, ?2, run, (SELECT max(part) + 1 FROM outbox WHERE conversation = o.conversation AND run = o.run),
             recipient, ?3, ?4, reply_to, callback_data, interim, from_operator, class, agent, needs, id, 'queued', ?5, ?5, ?5, ?5
         FROM outbox o WHERE id = ?1 RETURNING part",
        params![id.0, position, content.kind(), stored, tx.now.as_millis()],
        |row| row.get(0),
    )?;
    tx.run(
        "UPDATE outbox SET needs = ?4 WHERE conversation = ?1 AND run = ?2 AND needs = ?3 AND state = 'queued'
             AND state IN ('queued', 'sending', 'in_doubt')",
        params![ended.conversation.0, ended.run, ended.part, part],
    )?;
    Ok(true)
}

/// Ends the queued rows that need a part of their run. Returns them with their parts.
pub(in crate::sqlite) fn set_dependents_ended(
    tx: &Tx<'_>,
    conversation: ConversationId,
    run: &str,
    part: u32,
    state: OutboxState,
    error: &SendError,
) -> Result<Vec<(OutboxId, u32)>, Fault> {
    // The second condition on the state lets SQLite use the partial index `outbox_open`.
    tx.all(
        "UPDATE outbox SET state = ?4, error_code = NULL, error = ?5, changed_at = ?6
         WHERE conversation = ?1 AND run = ?2 AND needs = ?3 AND state = 'queued'
             AND state IN ('queued', 'sending', 'in_doubt') RETURNING id, part",
        params![conversation.0, run, part, state.as_str(), error.message, tx.now.as_millis()],
        |row| Ok((OutboxId(row.get(0)?), row.get(1)?)),
    )
}
