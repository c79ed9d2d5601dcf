//! Table `outbox_media`: media that are not uploaded yet.

use rusqlite::blob::ZeroBlob;
use rusqlite::{MAIN_DB, OptionalExtension, Row, ToSql, params};

use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::{Column, content_len, plain};
use crate::{ConversationId, Error, OutboxId, Upload};

/// Size in bytes up to which a medium is written by a parameter. SQLite makes two copies of a parameter, and writes the pages of a larger medium
/// twice if it is written in pieces.
const MAX_PARAMETER: usize = 1024 * 1024;

/// Size in bytes of the pieces of a larger medium.
const PIECE: usize = 256 * 1024;

/// Inserts the medium of a row.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    conversation: ConversationId,
    row: OutboxId,
    upload: &Upload,
) -> Result<(), Fault> {
    let Upload { bytes, .. } = upload;
    if !tx.conn.vault().seals() && bytes.len() > MAX_PARAMETER {
        // There is one copy of a large plain medium.
        return insert_large(tx, conversation, row, upload, [&plain(b""), bytes]);
    }
    let stored = tx.conn.seal(Column::Medium, Some(conversation), bytes)?;
    if bytes.len() > MAX_PARAMETER {
        return insert_large(tx, conversation, row, upload, [&stored, b""]);
    }
    insert_row(tx, conversation, row, upload, stored)
}

/// Inserts a row, and writes the stored medium in pieces.
fn insert_large(
    tx: &Tx<'_>,
    conversation: ConversationId,
    row: OutboxId,
    upload: &Upload,
    stored: [&[u8]; 2],
) -> Result<(), Fault> {
    let len: usize = stored.iter().map(|part| part.len()).sum();
    insert_row(tx, conversation, row, upload, ZeroBlob(len as u64))?;
    let mut blob = tx.conn.blob_open(MAIN_DB, "outbox_media", "bytes", row.0, false)?;
    let mut at = 0;
    for piece in stored.into_iter().flat_map(|part| part.chunks(PIECE)) {
        blob.write_all_at(piece, at)?;
        at += piece.len();
    }
    Ok(())
}

fn insert_row(
    tx: &Tx<'_>,
    conversation: ConversationId,
    row: OutboxId,
    upload: &Upload,
    bytes: impl ToSql,
) -> Result<(), Fault> {
    let filename = tx.conn.seal(Column::Filename, Some(conversation), upload.filename.as_bytes())?;
    tx.run(
        "INSERT INTO outbox_media (outbox, mime_type, filename, bytes) VALUES (?1, ?2, ?3, ?4)",
        params![row.0, upload.mime_type, filename, bytes],
    )?;
    Ok(())
}

/// Returns the size in bytes of the medium of a row.
pub(in crate::sqlite) fn size(tx: &Tx<'_>, row: OutboxId) -> Result<Option<u64>, Fault> {
    let found = tx.first("SELECT 1 FROM outbox_media WHERE outbox = ?1", [row.0], |_| Ok(()))?;
    if found.is_none() {
        return Ok(None);
    }
    // Only the first page of the medium is read.
    let blob = tx.conn.blob_open(MAIN_DB, "outbox_media", "bytes", row.0, true)?;
    let mut format = [0];
    blob.read_at_exact(&mut format, 0)?;
    Ok(Some(content_len(&format, blob.len()) as u64))
}

/// Returns the medium of a row. Its bytes are read in pieces, so that there is one copy of them.
pub(in crate::sqlite) fn get(conn: &ContentConnection, row: OutboxId) -> Result<Upload, Fault> {
    // A transaction makes both reads consistent.
    let tx = conn.unchecked_transaction()?;
    let mut statement = tx.prepare_cached("SELECT mime_type, filename FROM outbox_media WHERE outbox = ?1")?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, conn.read(Column::Filename, row, 1)?));
    let (mime_type, filename) =
        statement.query_row([row.0], read).optional()?.ok_or(Fault::Refused(Error::NotFound))?;
    let blob = tx.blob_open(MAIN_DB, "outbox_media", "bytes", row.0, true)?;
    let mut bytes = vec![0; blob.len()];
    for (nth, piece) in bytes.chunks_mut(PIECE).enumerate() {
        blob.read_at_exact(piece, nth * PIECE)?;
    }
    let bytes = conn.open_owned(Column::Medium, bytes)?;
    Ok(Upload { mime_type, filename: String::from_utf8_lossy(&filename).into_owned(), bytes })
}

/// Removes the medium of a row, if Meta's id of the medium is known.
pub(in crate::sqlite) fn delete_if_uploaded(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM outbox_media WHERE outbox = ?1
             AND EXISTS (SELECT 1 FROM outbox WHERE id = ?1 AND media_id IS NOT NULL)",
        [row.0],
    )?;
    Ok(())
}
