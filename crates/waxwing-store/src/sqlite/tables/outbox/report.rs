//! Reports on rows of the table `outbox`, without recipients or content.

use rusqlite::{Connection, OptionalExtension, Row, params};
use waxwing_types::{MediaId, MessageId, PhoneNumberId};

use super::{read_error, read_state};
use crate::sqlite::fault::Fault;
use crate::{ConversationId, OutboxId, OutboxRow, OutboxState, RunId, Timestamp};

/// The query for the columns that [`read_row`] reads, with the due time as the last one.
macro_rules! select_rows {
    ($filter:literal) => {
        concat!(
            "SELECT o.id, o.conversation, q.number, o.run, o.kind, o.state, o.attempts, o.message_id, o.media_id,
                 o.error_code, o.error, o.created_at, o.changed_at, o.due_at
             FROM outbox o JOIN send_queue q ON q.conversation = o.conversation ",
            $filter
        )
    };
}

/// Returns up to `limit` rows, newest first.
pub(in crate::sqlite) fn list(
    conn: &Connection,
    state: Option<OutboxState>,
    limit: usize,
) -> Result<Vec<OutboxRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = match state {
        Some(state) => conn
            .prepare_cached(select_rows!("WHERE o.state = ?2 ORDER BY o.id DESC LIMIT ?1"))?
            .query_map(params![limit, state.as_str()], read_row)?
            .collect::<Result<_, _>>()?,
        None => conn
            .prepare_cached(select_rows!("ORDER BY o.id DESC LIMIT ?1"))?
            .query_map([limit], read_row)?
            .collect::<Result<_, _>>()?,
    };
    Ok(rows)
}

/// Returns a row with its due time.
pub(in crate::sqlite) fn get(conn: &Connection, id: OutboxId) -> Result<Option<(OutboxRow, Timestamp)>, Fault> {
    let mut statement = conn.prepare_cached(select_rows!("WHERE o.id = ?1"))?;
    let read = |row: &Row<'_>| Ok((read_row(row)?, Timestamp::from_millis(row.get(13)?)));
    Ok(statement.query_row([id.0], read).optional()?)
}

/// Returns whether rows of a conversation wait, are being sent, or are in doubt.
pub(in crate::sqlite) fn has_open(conn: &Connection, conversation: ConversationId) -> Result<bool, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM outbox
         WHERE conversation = ?1 AND state IN ('queued', 'sending', 'in_doubt'))",
    )?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

/// Returns the number of rows in a conversation.
pub(in crate::sqlite) fn count(conn: &Connection, conversation: ConversationId) -> Result<u32, Fault> {
    let mut statement = conn.prepare("SELECT count(*) FROM outbox WHERE conversation = ?1")?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: OutboxId(row.get(0)?),
        conversation: ConversationId(row.get(1)?),
        number: PhoneNumberId::new(row.get::<_, String>(2)?),
        run: RunId(row.get(3)?),
        kind: row.get(4)?,
        state: read_state(row, 5)?,
        attempts: row.get(6)?,
        message_id: row.get::<_, Option<String>>(7)?.map(MessageId::new),
        media_id: row.get::<_, Option<String>>(8)?.map(MediaId::new),
        error: read_error(row, 9)?,
        created_at: Timestamp::from_millis(row.get(11)?),
        changed_at: Timestamp::from_millis(row.get(12)?),
    })
}
