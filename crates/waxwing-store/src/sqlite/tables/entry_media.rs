//! Table `entry_media`: kept media of messages.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, KeptMedium, MediaHash, MediaMessage};

/// Number of the newest entries that are searched for a message.
const MAX_SEARCHED: i64 = 2000;

/// Records the medium of a message, unless the message is gone.
pub(in crate::sqlite) fn set(
    tx: &Tx<'_>,
    conversation: ConversationId,
    message: MediaMessage,
    medium: &KeptMedium,
) -> Result<(), Fault> {
    let Some(entry) = entry_of(tx.conn, conversation, message)? else { return Ok(()) };
    tx.run(
        "INSERT INTO entry_media (conversation, entry, hash, mime_type) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation, entry) DO UPDATE SET hash = excluded.hash, mime_type = excluded.mime_type",
        params![conversation.0, entry, medium.hash.0, medium.mime_type],
    )?;
    Ok(())
}

/// Returns the id of the entry of a message.
fn entry_of(conn: &Connection, conversation: ConversationId, message: MediaMessage) -> Result<Option<i64>, Fault> {
    let (sql, key) = match message {
        MediaMessage::Pending(seq) => ("SELECT entry FROM inbox WHERE seq = ?2 AND conversation = ?1 LIMIT ?3", seq.0),
        MediaMessage::Logged(place) => (
            "SELECT id FROM (SELECT id, place FROM entry WHERE conversation = ?1 ORDER BY id DESC LIMIT ?3) WHERE place = ?2",
            place,
        ),
    };
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row(params![conversation.0, key, MAX_SEARCHED], |row| row.get(0)).optional()?)
}

/// Returns those of these hashes that no row has.
pub(in crate::sqlite) fn unused(conn: &Connection, hashes: &[MediaHash]) -> Result<Vec<MediaHash>, Fault> {
    let mut statement = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry_media WHERE hash = ?1)")?;
    let mut unused = Vec::new();
    for hash in hashes {
        let is_used: bool = statement.query_row([hash.0], |row| row.get(0))?;
        if !is_used {
            unused.push(*hash);
        }
    }
    Ok(unused)
}

/// Gives the row of an entry the new id of the entry.
pub(in crate::sqlite) fn set_entry(tx: &Tx<'_>, conversation: ConversationId, old: i64, new: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE entry_media SET entry = ?3 WHERE conversation = ?1 AND entry = ?2",
        params![conversation.0, old, new],
    )?;
    Ok(())
}

/// Moves all rows to another conversation, which has no entries with the same ids.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE OR REPLACE entry_media SET conversation = ?2 WHERE conversation = ?1", [from.0, to.0])?;
    Ok(())
}

/// Reads the columns `hash` and `mime_type`.
pub(in crate::sqlite) fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeptMedium>> {
    let Some(hash) = row.get::<_, Option<[u8; 32]>>("hash")? else { return Ok(None) };
    Ok(Some(KeptMedium { hash: MediaHash(hash), mime_type: row.get("mime_type")? }))
}
