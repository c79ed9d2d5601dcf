//! Table `outbox_media`: media that are not uploaded yet.

use bytes::Bytes;
use rusqlite::params;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{OutboxId, Upload};

/// Inserts the medium of a row.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, row: OutboxId, upload: &Upload) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO outbox_media (outbox, mime_type, filename, bytes) VALUES (?1, ?2, ?3, ?4)",
        params![row.0, upload.mime_type, upload.filename, &upload.bytes[..]],
    )?;
    Ok(())
}

/// Returns the medium of a row.
pub(in crate::sqlite) fn get(tx: &Tx<'_>, row: OutboxId) -> Result<Option<Upload>, Fault> {
    tx.first("SELECT mime_type, filename, bytes FROM outbox_media WHERE outbox = ?1", [row.0], |row| {
        Ok(Upload { mime_type: row.get(0)?, filename: row.get(1)?, bytes: Bytes::from(row.get::<_, Vec<u8>>(2)?) })
    })
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
