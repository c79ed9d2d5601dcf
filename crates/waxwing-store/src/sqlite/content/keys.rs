//! Table `content_key`: wrapped keys of content.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::vault::WrappedKey;

fn read(row: &Row<'_>) -> rusqlite::Result<WrappedKey> {
    Ok(WrappedKey { id: row.get(0)?, storage_key: row.get(1)?, wrapped: row.get(2)? })
}

/// Returns a key.
pub(in crate::sqlite) fn get(conn: &Connection, id: i64) -> rusqlite::Result<Option<WrappedKey>> {
    let mut statement = conn.prepare_cached("SELECT id, storage_key, wrapped FROM content_key WHERE id = ?1")?;
    statement.query_row([id], read).optional()
}

/// Returns a key of a conversation, or of the content without a conversation.
pub(in crate::sqlite) fn of(
    conn: &Connection,
    conversation: Option<ConversationId>,
) -> Result<Option<WrappedKey>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT id, storage_key, wrapped FROM content_key WHERE conversation IS ?1 LIMIT 1")?;
    Ok(statement.query_row([conversation.map(|id| id.0)], read).optional()?)
}

/// Inserts a key.
pub(in crate::sqlite) fn insert(
    conn: &Connection,
    conversation: Option<ConversationId>,
    key: &WrappedKey,
) -> Result<(), Fault> {
    let mut statement = conn
        .prepare_cached("INSERT INTO content_key (id, conversation, storage_key, wrapped) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![key.id, conversation.map(|id| id.0), key.storage_key, key.wrapped])?;
    Ok(())
}

/// Returns up to `limit` keys that a storage key wraps.
pub(in crate::sqlite) fn of_storage_key(
    conn: &Connection,
    storage_key: &str,
    limit: i64,
) -> Result<Vec<WrappedKey>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT id, storage_key, wrapped FROM content_key WHERE storage_key = ?1 LIMIT ?2")?;
    Ok(statement.query_map(params![storage_key, limit], read)?.collect::<Result<_, _>>()?)
}

/// Replaces the wrapped form of a key.
pub(in crate::sqlite) fn set_wrapped(conn: &Connection, key: &WrappedKey) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached("UPDATE content_key SET storage_key = ?2, wrapped = ?3 WHERE id = ?1")?;
    statement.execute(params![key.id, key.storage_key, key.wrapped])?;
    Ok(())
}

/// Gives the keys of a conversation to another one, whose content they seal from now on.
pub(in crate::sqlite) fn move_all(conn: &Connection, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached("UPDATE content_key SET conversation = ?2 WHERE conversation = ?1")?;
    statement.execute([from.0, to.0])?;
    Ok(())
}

/// Returns the ids of the storage keys that wrap keys, which are few.
pub(in crate::sqlite) fn storage_keys(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut next = conn.prepare_cached("SELECT min(storage_key) FROM content_key WHERE storage_key > ?1")?;
    let mut found: Vec<String> = Vec::new();
    while let Some(id) =
        next.query_row([found.last().map_or("", String::as_str)], |row| row.get::<_, Option<String>>(0))?
    {
        found.push(id);
    }
    Ok(found)
}
