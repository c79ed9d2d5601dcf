//! Table `entry_media`: kept media of messages.

use rusqlite::{Connection, Row, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, KeptMedium, MediaHash};

/// Records the medium of an entry.
pub(in crate::sqlite) fn set(
    tx: &Tx<'_>,
    conversation: ConversationId,
    entry: i64,
    medium: &KeptMedium,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO entry_media (conversation, entry, hash, mime_type) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation, entry) DO UPDATE SET hash = excluded.hash, mime_type = excluded.mime_type",
        params![conversation.0, entry, medium.hash.0, medium.mime_type],
    )?;
    Ok(())
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

/// Returns the hashes of all rows, each once.
pub(in crate::sqlite) fn all(conn: &Connection) -> Result<Vec<MediaHash>, Fault> {
    let mut statement = conn.prepare("SELECT DISTINCT hash FROM entry_media ORDER BY hash")?;
    Ok(statement.query_map((), |row| row.get(0).map(MediaHash))?.collect::<Result<_, _>>()?)
}

/// Gives the row of an entry the new id of the entry.
pub(in crate::sqlite) fn set_entry(tx: &Tx<'_>, conversation: ConversationId, old: i64, new: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE entry_media SET entry = ?3 WHERE conversation = ?1 AND entry = ?2",
        params![conversation.0, old, new],
    )?;
    Ok(())
}

/// Moves all rows to another conversation. The row of an entry that retention has removed may stand in the way of a row with the same id.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run("UPDATE OR REPLACE entry_media SET conversation = ?2 WHERE conversation = ?1", [from.0, to.0])?;
    Ok(())
}

/// Reads the columns `hash` and `mime_type`.
pub(in crate::sqlite) fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeptMedium>> {
    let Some(hash) = row.get::<_, Option<[u8; 32]>>("hash")? else { return Ok(None) };
    Ok(Some(KeptMedium { hash: MediaHash(hash), mime_type: row.get("mime_type")? }))
}
