//! Table `uploaded_media`: Meta's ids of uploaded media.

use rusqlite::{Connection, OptionalExtension, params};
use waxwing_types::{MediaId, PhoneNumberId};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{MediaDigest, OutboxId, Timestamp};

/// Returns Meta's id of a medium that was uploaded for a number after `since`.
pub(in crate::sqlite) fn find(
    conn: &Connection,
    number: &PhoneNumberId,
    digest: &MediaDigest,
    since: Timestamp,
) -> Result<Option<MediaId>, Fault> {
    let mut statement = conn
        .prepare_cached("SELECT media_id FROM uploaded_media WHERE number = ?1 AND digest = ?2 AND uploaded_at > ?3")?;
    let id = statement.query_row(params![number.as_str(), digest, since.as_millis()], |row| row.get(0)).optional()?;
    Ok(id.map(|id: String| MediaId::new(id)))
}

/// Adds an uploaded medium. The id of an earlier upload of the same content is replaced; the time of a known id stays.
pub(in crate::sqlite) fn set(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    digest: &MediaDigest,
    media: &MediaId,
) -> Result<(), Fault> {
    // A replaced row gets a new key, because keys rise with the time.
    tx.run(
        "DELETE FROM uploaded_media WHERE number = ?1 AND digest = ?2 AND media_id <> ?3",
        params![number.as_str(), digest, media.as_str()],
    )?;
    tx.run(
        "INSERT INTO uploaded_media (number, digest, media_id, uploaded_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (number, digest) DO NOTHING",
        params![number.as_str(), digest, media.as_str(), tx.now.as_millis()],
    )?;
    Ok(())
}

/// Removes an uploaded medium by Meta's id.
pub(in crate::sqlite) fn delete(tx: &Tx<'_>, media: &MediaId) -> Result<(), Fault> {
    tx.run("DELETE FROM uploaded_media WHERE media_id = ?1", [media.as_str()])?;
    Ok(())
}

/// Removes the uploaded medium of an outbox row.
pub(in crate::sqlite) fn delete_of(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    tx.run("DELETE FROM uploaded_media WHERE media_id = (SELECT media_id FROM outbox WHERE id = ?1)", [row.0])?;
    Ok(())
}
