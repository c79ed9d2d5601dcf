//! Table `memory`: memories of agents across sessions.

use bytes::Bytes;
use rusqlite::{OptionalExtension, params};

use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::Column;
use crate::{ConversationId, SessionId};

/// Returns the memory of an agent in a conversation.
pub(in crate::sqlite) fn get(
    conn: &ContentConnection,
    conversation: ConversationId,
    agent: &str,
) -> Result<Option<Bytes>, Fault> {
    let mut statement = conn.prepare_cached("SELECT body FROM memory WHERE conversation = ?1 AND agent = ?2")?;
    let body =
        statement.query_row(params![conversation.0, agent], |row| conn.read(Column::Memory, row, 0)).optional()?;
    Ok(body.map(Bytes::from))
}

/// Returns all memories of a conversation, by the names of their agents.
pub(in crate::sqlite) fn list(
    conn: &ContentConnection,
    conversation: ConversationId,
) -> Result<Vec<(String, Bytes)>, Fault> {
    let mut statement = conn.prepare("SELECT agent, body FROM memory WHERE conversation = ?1 ORDER BY agent")?;
    let memories =
        statement.query_map([conversation.0], |row| Ok((row.get(0)?, conn.read(Column::Memory, row, 1)?.into())))?;
    Ok(memories.collect::<Result<_, _>>()?)
}

/// Stores the memory of the agent of a session.
pub(in crate::sqlite) fn set(
    tx: &Tx<'_>,
    conversation: ConversationId,
    session: SessionId,
    body: &[u8],
) -> Result<(), Fault> {
    let body = tx.conn.seal(Column::Memory, Some(conversation), body)?;
    tx.run(
        "INSERT INTO memory (conversation, agent, body, created_at, used_at)
         SELECT conversation, agent, ?2, ?3, ?3 FROM session WHERE id = ?1
         ON CONFLICT (conversation, agent) DO UPDATE SET body = excluded.body, used_at = excluded.used_at",
        params![session.0, body, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Moves all memories to another conversation. They replace the memories of the same agents there.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM memory WHERE conversation = ?2
             AND agent IN (SELECT agent FROM memory WHERE conversation = ?1)",
        [from.0, to.0],
    )?;
    tx.run("UPDATE memory SET conversation = ?2 WHERE conversation = ?1", [from.0, to.0])?;
    Ok(())
}
