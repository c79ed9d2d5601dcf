//! Table `session`: states of agents, with the start of their histories.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, SessionId, SessionRecord, Timestamp};

/// A session without its history.
pub(in crate::sqlite) struct SessionRow {
    pub(in crate::sqlite) id: SessionId,
    pub(in crate::sqlite) first_place: i64,
    pub(in crate::sqlite) label: String,
    pub(in crate::sqlite) state: Option<Bytes>,
}

/// Returns the current session of an agent in a conversation.
pub(in crate::sqlite) fn current(
    conn: &ContentConnection,
    conversation: ConversationId,
    agent: &str,
) -> Result<Option<SessionRow>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, label, state, first_place FROM session WHERE conversation = ?1 AND agent = ?2 AND is_current = 1",
    )?;
    let read = |row: &Row<'_>| {
        let state = conn.read_optional(Column::SessionState, row, 2)?.map(Bytes::from);
        Ok(SessionRow { id: SessionId(row.get(0)?), first_place: row.get(3)?, label: row.get(1)?, state })
    };
    Ok(statement.query_row(params![conversation.0, agent], read).optional()?)
}

/// Returns all sessions of a conversation, newest first.
pub(in crate::sqlite) fn list(
    conn: &ContentConnection,
    conversation: ConversationId,
) -> Result<Vec<SessionRecord>, Fault> {
    let mut statement = conn.prepare(
        "SELECT agent, label, is_current, state, used_at FROM session s WHERE conversation = ?1 ORDER BY id DESC",
    )?;
    let read = |row: &Row<'_>| {
        Ok(SessionRecord {
            agent: row.get(0)?,
            label: row.get(1)?,
            is_current: row.get(2)?,
            state: conn.read_optional(Column::SessionState, row, 3)?.map(Bytes::from),
            used_at: Timestamp::from_millis(row.get(4)?),
        })
    };
    Ok(statement.query_map([conversation.0], read)?.collect::<Result<_, _>>()?)
}

/// Returns where the newest current session of a conversation starts, at which the history of a further agent starts as well.
pub(in crate::sqlite) fn newest_start(conn: &Connection, conversation: ConversationId) -> Result<i64, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(max(first_place), 0) FROM session INDEXED BY session_current
         WHERE conversation = ?1 AND is_current = 1",
    )?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

/// Inserts a current session whose history starts at `first_place`. The conversation has no other current session of the agent.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    agent: &str,
    label: &str,
    first_place: i64,
) -> Result<SessionId, Fault> {
    tx.one(
        "INSERT INTO session (conversation, agent, label, is_current, created_at, used_at, first_place)
         VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5) RETURNING id",
        params![conversation.0, agent, label, tx.now.as_millis(), first_place],
        |row| row.get(0).map(SessionId),
    )
}

/// Ends the current session of an agent.
pub(in crate::sqlite) fn end_current(tx: &Tx<'_>, conversation: ConversationId, agent: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE session SET is_current = 0 WHERE conversation = ?1 AND agent = ?2 AND is_current = 1",
        params![conversation.0, agent],
    )?;
    Ok(())
}

/// Marks a session as used and sets its state, if a state is given. Returns false if the conversation has no such session.
pub(in crate::sqlite) fn touch(
    tx: &Tx<'_>,
    conversation: ConversationId,
    session: SessionId,
    state: Option<&Bytes>,
) -> Result<bool, Fault> {
    let state = state.map(|state| tx.conn.seal(Column::SessionState, Some(conversation), state)).transpose()?;
    let changed = tx.run(
        "UPDATE session SET state = coalesce(?3, state), used_at = ?4 WHERE id = ?1 AND conversation = ?2",
        params![session.0, conversation.0, state, tx.now.as_millis()],
    )?;
    Ok(changed > 0)
}

/// Moves the current sessions to another conversation. If an agent has a current session there, the history of that session starts where the
/// older one starts.
pub(in crate::sqlite) fn move_current(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    let sessions = tx.all(
        "SELECT o.id, n.id FROM session o
         LEFT JOIN session n ON n.conversation = ?2 AND n.agent = o.agent AND n.is_current = 1
         WHERE o.conversation = ?1 AND o.is_current = 1",
        [from.0, to.0],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)),
    )?;
    for (old, new) in sessions {
        let Some(new) = new else {
            tx.run("UPDATE session SET conversation = ?2 WHERE id = ?1", [old, to.0])?;
            continue;
        };
        tx.run(
            "UPDATE session SET state = coalesce(state, (SELECT state FROM session WHERE id = ?1)),
                 first_place = min(first_place, (SELECT first_place FROM session WHERE id = ?1))
             WHERE id = ?2",
            [old, new],
        )?;
        tx.run("DELETE FROM session WHERE id = ?1", [old])?;
    }
    Ok(())
}
