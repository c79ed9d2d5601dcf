//! Tables `session` with `session_entry`: histories of agents.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, MAX_HISTORY_BYTES, NewSessionEntry, SessionEntry, SessionId, SessionRecord, Timestamp};

/// A session without its history.
pub(in crate::sqlite) struct SessionRow {
    pub(in crate::sqlite) id: SessionId,
    pub(in crate::sqlite) label: String,
    pub(in crate::sqlite) state: Option<Bytes>,
}

/// Returns the current session of an agent in a conversation.
pub(in crate::sqlite) fn current(
    conn: &Connection,
    conversation: ConversationId,
    agent: &str,
) -> Result<Option<SessionRow>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, label, state FROM session WHERE conversation = ?1 AND agent = ?2 AND is_current = 1",
    )?;
    let read = |row: &Row<'_>| {
        let state = row.get::<_, Option<Vec<u8>>>(2)?.map(Bytes::from);
        Ok(SessionRow { id: SessionId(row.get(0)?), label: row.get(1)?, state })
    };
    Ok(statement.query_row(params![conversation.0, agent], read).optional()?)
}

/// Returns the newest `limit` entries of a session within [`MAX_HISTORY_BYTES`], oldest first.
pub(in crate::sqlite) fn entries(
    conn: &Connection,
    session: SessionId,
    limit: usize,
) -> Result<Vec<SessionEntry>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT id, body FROM session_entry WHERE session = ?1 ORDER BY id DESC LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![session.0, limit])?;
    let (mut entries, mut left) = (Vec::new(), MAX_HISTORY_BYTES);
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let Some(rest) = left.checked_sub(body.len()) else { break };
        left = rest;
        entries.push(SessionEntry { seq: row.get(0)?, body: Bytes::copy_from_slice(body) });
    }
    entries.reverse();
    Ok(entries)
}

/// Returns all sessions of a conversation, newest first.
pub(in crate::sqlite) fn list(conn: &Connection, conversation: ConversationId) -> Result<Vec<SessionRecord>, Fault> {
    let mut statement = conn.prepare(
        "SELECT agent, label, is_current, (SELECT count(*) FROM session_entry e WHERE e.session = s.id), state, used_at
         FROM session s WHERE conversation = ?1 ORDER BY id DESC",
    )?;
    let read = |row: &Row<'_>| {
        Ok(SessionRecord {
            agent: row.get(0)?,
            label: row.get(1)?,
            is_current: row.get(2)?,
            entries: row.get(3)?,
            state: row.get::<_, Option<Vec<u8>>>(4)?.map(Bytes::from),
            used_at: Timestamp::from_millis(row.get(5)?),
        })
    };
    Ok(statement.query_map([conversation.0], read)?.collect::<Result<_, _>>()?)
}

/// Inserts a current session. The conversation has no other current session of the agent.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    agent: &str,
    label: &str,
) -> Result<SessionId, Fault> {
    let id = tx.one(
        "INSERT INTO session (conversation, agent, label, is_current, created_at, used_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4) RETURNING id",
        params![conversation.0, agent, label, tx.now.as_millis()],
        |row| row.get(0),
    )?;
    Ok(SessionId(id))
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
    let changed = tx.run(
        "UPDATE session SET state = coalesce(?3, state), used_at = ?4 WHERE id = ?1 AND conversation = ?2",
        params![session.0, conversation.0, state.map(|state| &state[..]), tx.now.as_millis()],
    )?;
    Ok(changed > 0)
}

/// Appends an entry.
pub(in crate::sqlite) fn append(
    tx: &Tx<'_>,
    conversation: ConversationId,
    session: SessionId,
    entry: &NewSessionEntry,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO session_entry (session, written_at, body, user)
         VALUES (?1, ?2, ?3, (SELECT sender FROM inbox WHERE seq = ?4 AND conversation = ?5))",
        params![session.0, tx.now.as_millis(), &entry.body[..], entry.source.map(|message| message.0), conversation.0,],
    )?;
    Ok(())
}

/// Moves the current sessions to another conversation. If an agent has a current session there, the entries join that session in front of
/// its own entries, because entries are ordered by their ids.
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
        tx.run("UPDATE session_entry SET session = ?2 WHERE session = ?1", [old, new])?;
        tx.run(
            "UPDATE session SET state = coalesce(state, (SELECT state FROM session WHERE id = ?1)) WHERE id = ?2",
            [old, new],
        )?;
        tx.run("DELETE FROM session WHERE id = ?1", [old])?;
    }
    Ok(())
}
