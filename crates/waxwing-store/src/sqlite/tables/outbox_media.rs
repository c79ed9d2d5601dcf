//! Table `outbox_media`: media that are not uploaded yet.

use bytes::Bytes;
use rusqlite::blob::ZeroBlob;
use rusqlite::{Connection, MAIN_DB, OptionalExtension, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{Error, OutboxId, Upload};

/// Size in bytes up to which a medium is written by a parameter. SQLite makes two copies of a parameter, and writes the pages of a larger medium
/// twice if it is written in pieces.
const MAX_PARAMETER: usize = 1024 * 1024;

/// Size in bytes of the pieces of a larger medium.
const PIECE: usize = 256 * 1024;

/// Inserts the medium of a row.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, row: OutboxId, upload: &Upload) -> Result<(), Fault> {
    const INSERT: &str = "INSERT INTO outbox_media (outbox, mime_type, filename, bytes) VALUES (?1, ?2, ?3, ?4)";
    let Upload { mime_type, filename, bytes } = upload;
    if bytes.len() <= MAX_PARAMETER {
        tx.run(INSERT, params![row.0, mime_type, filename, &bytes[..]])?;
        return Ok(());
    }
    tx.run(INSERT, params![row.0, mime_type, filename, ZeroBlob(bytes.len() as u64)])?;
    let mut blob = tx.conn.blob_open(MAIN_DB, "outbox_media", "bytes", row.0, false)?;
    for (nth, piece) in bytes.chunks(PIECE).enumerate() {
        blob.write_all_at(piece, nth * PIECE)?;
    }
    Ok(())
}

/// Returns the size in bytes of the medium of a row.
pub(in crate::sqlite) fn size(tx: &Tx<'_>, row: OutboxId) -> Result<Option<u64>, Fault> {
    // SQLite does not read the medium to tell its length.
    let size =
        tx.first("SELECT length(bytes) FROM outbox_media WHERE outbox = ?1", [row.0], |row| row.get::<_, i64>(0))?;
    Ok(size.map(|size| u64::try_from(size).unwrap_or_default()))
}

/// Returns the medium of a row. Its bytes are read in pieces, so that there is one copy of them.
pub(in crate::sqlite) fn get(conn: &Connection, row: OutboxId) -> Result<Upload, Fault> {
    // A transaction makes both reads consistent.
    let tx = conn.unchecked_transaction()?;
    let mut statement = tx.prepare_cached("SELECT mime_type, filename FROM outbox_media WHERE outbox = ?1")?;
    let names = statement.query_row([row.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (mime_type, filename) = names.ok_or(Fault::Refused(Error::NotFound))?;
    let blob = tx.blob_open(MAIN_DB, "outbox_media", "bytes", row.0, true)?;
    let mut bytes = vec![0; blob.len()];
    for (nth, piece) in bytes.chunks_mut(PIECE).enumerate() {
        blob.read_at_exact(piece, nth * PIECE)?;
    }
    Ok(Upload { mime_type, filename, bytes: Bytes::from(bytes) })
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
