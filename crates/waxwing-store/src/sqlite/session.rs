//! Sessions, and the journal of an unfinished run.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use super::turn::{self, Run};
use super::tx::Tx;
use crate::{
    ConversationId, Error, Lease, NewSession, RunId, SessionEntry, SessionId, SessionWrite, StepKey, StepRecord,
    StoredSession,
};

/// The current session of an agent with its newest entries; begins one if there is none.
pub(super) fn current(
    tx: &Tx<'_>,
    lease: &Lease,
    agent: &str,
    label: &str,
    history: usize,
) -> Result<StoredSession, Fault> {
    if let Some(session) = find(tx.conn, lease, agent, history)? {
        return Ok(session);
    }
    let id = insert(tx, lease.conversation, agent, label)?;
    let memory = memory(tx.conn, lease.conversation, agent)?;
    Ok(StoredSession { id, label: label.to_owned(), entries: Vec::new(), state: None, memory })
}

/// The current session of an agent with its newest entries, if there is one.
pub(super) fn find(
    conn: &Connection,
    lease: &Lease,
    agent: &str,
    history: usize,
) -> Result<Option<StoredSession>, Fault> {
    if !conn.prepare_cached(turn::HELD)?.exists(params![lease.conversation.0, lease.epoch])? {
        return Err(Fault::Refused(Error::LeaseLost));
    }
    let session = "SELECT id, label, state FROM session WHERE conversation = ?1 AND agent = ?2 AND current = 1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?));
    let found = conn.prepare_cached(session)?.query_row(params![lease.conversation.0, agent], read).optional()?;
    let Some((id, label, state)) = found else { return Ok(None) };
    let limit = i64::try_from(history).unwrap_or(i64::MAX);
    let entries = "SELECT id, body FROM session_entry WHERE session = ?1 ORDER BY id DESC LIMIT ?2";
    let read = |row: &Row<'_>| Ok(SessionEntry { seq: row.get(0)?, body: row.get::<_, Vec<u8>>(1)?.into() });
    let mut entries: Vec<_> =
        conn.prepare_cached(entries)?.query_map(params![id, limit], read)?.collect::<Result<_, _>>()?;
    entries.reverse();
    let memory = memory(conn, lease.conversation, agent)?;
    Ok(Some(StoredSession { id: SessionId(id), label, entries, state: state.map(Bytes::from), memory }))
}

fn memory(conn: &Connection, conversation: ConversationId, agent: &str) -> Result<Option<Bytes>, Fault> {
    let memory = "SELECT body FROM memory WHERE conversation = ?1 AND agent = ?2";
    let read = |row: &Row<'_>| row.get::<_, Vec<u8>>(0);
    let found = conn.prepare_cached(memory)?.query_row(params![conversation.0, agent], read).optional()?;
    Ok(found.map(Bytes::from))
}

/// Appends to a session of the conversation.
pub(super) fn write(tx: &Tx<'_>, conversation: ConversationId, write: &SessionWrite) -> Result<(), Fault> {
    let changed = tx.run(
        "UPDATE session SET state = coalesce(?3, state), used_at = ?4 WHERE id = ?1 AND conversation = ?2",
        params![write.id.0, conversation.0, write.state.as_deref(), tx.now.as_millis()],
    )?;
    if changed == 0 {
        return Err(Fault::Refused(Error::NotFound));
    }
    if let Some(memory) = &write.memory {
        tx.run(
            "INSERT INTO memory (conversation, agent, body, created_at, used_at)
             SELECT conversation, agent, ?2, ?3, ?3 FROM session WHERE id = ?1
             ON CONFLICT (conversation, agent) DO UPDATE SET body = excluded.body, used_at = excluded.used_at",
            params![write.id.0, &memory[..], tx.now.as_millis()],
        )?;
    }
    for entry in &write.append {
        tx.run(
            "INSERT INTO session_entry (session, at, body, user)
             VALUES (?1, ?2, ?3, (SELECT sender FROM inbox WHERE seq = ?4 AND conversation = ?5))",
            params![
                write.id.0,
                tx.now.as_millis(),
                &entry.body[..],
                entry.source.map(|message| message.0),
                conversation.0,
            ],
        )?;
    }
    Ok(())
}

/// Begins a session; the one before it is kept.
pub(super) fn begin(tx: &Tx<'_>, conversation: ConversationId, new: &NewSession) -> Result<(), Fault> {
    tx.run(
        "UPDATE session SET current = 0 WHERE conversation = ?1 AND agent = ?2 AND current = 1",
        params![conversation.0, new.agent],
    )?;
    insert(tx, conversation, &new.agent, &new.label)?;
    Ok(())
}

fn insert(tx: &Tx<'_>, conversation: ConversationId, agent: &str, label: &str) -> Result<SessionId, Fault> {
    let id = tx.one(
        "INSERT INTO session (conversation, agent, label, current, created_at, used_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4) RETURNING id",
        params![conversation.0, agent, label, tx.now.as_millis()],
        |row| row.get(0),
    )?;
    Ok(SessionId(id))
}

/// What an unfinished run has recorded, in the order in which it began its steps.
pub(super) fn steps(tx: &Tx<'_>, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Fault> {
    turn::check(tx, lease)?;
    tx.all(
        "SELECT name, nth, result FROM step WHERE conversation = ?1 AND run = ?2 ORDER BY id",
        params![lease.conversation.0, run.0],
        |row| {
            let key = StepKey { name: row.get(0)?, nth: row.get(1)? };
            Ok(StepRecord { key, result: row.get::<_, Option<Vec<u8>>>(2)?.map(Bytes::from) })
        },
    )
}

/// Records that a step was started.
pub(super) fn begin_step(tx: &Tx<'_>, run: &Run, key: &StepKey) -> Result<(), Fault> {
    turn::bind(tx, run)?;
    tx.run(
        "INSERT INTO step (conversation, run, name, nth) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![run.lease.conversation.0, run.id.0, key.name, key.nth],
    )?;
    Ok(())
}

/// Records what a step brought.
pub(super) fn finish_step(tx: &Tx<'_>, run: &Run, key: &StepKey, result: &[u8]) -> Result<(), Fault> {
    turn::bind(tx, run)?;
    tx.run(
        "INSERT INTO step (conversation, run, name, nth, result) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (conversation, run, name, nth) DO UPDATE SET result = excluded.result",
        params![run.lease.conversation.0, run.id.0, key.name, key.nth, result],
    )?;
    Ok(())
}
