//! Table `quarantine`: received data that could not be used.

use rusqlite::{Connection, OptionalExtension, Row, params};
use waxwing_types::PhoneNumberId;

use crate::sqlite::content::ContentConnection;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::vault::{Column, content_len};
use crate::{Error, QuarantineId, QuarantineRecord, QuarantineRow, Timestamp};

/// Inserts an item.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    number: Option<&PhoneNumberId>,
    reason: &str,
    body: &[u8],
) -> Result<(), Fault> {
    let body = tx.conn.seal(Column::Quarantine, None, body)?;
    tx.run(
        "INSERT INTO quarantine (number, reason, body, received_at) VALUES (?1, ?2, ?3, ?4)",
        params![number.map(PhoneNumberId::as_str), reason, body, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Returns up to `limit` items, newest first.
pub(in crate::sqlite) fn list(conn: &Connection, limit: usize) -> Result<Vec<QuarantineRow>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement =
        conn.prepare("SELECT id, number, reason, length(body), substr(body, 1, 1), received_at FROM quarantine ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map([limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns an item with its data.
pub(in crate::sqlite) fn get(conn: &ContentConnection, id: QuarantineId) -> Result<QuarantineRecord, Fault> {
    let mut statement = conn.prepare(
        "SELECT id, number, reason, length(body), substr(body, 1, 1), received_at, body FROM quarantine WHERE id = ?1",
    )?;
    let record = statement.query_row([id.0], |row| {
        Ok(QuarantineRecord { row: read(row)?, body: conn.read(Column::Quarantine, row, 6)?.into() })
    });
    record.optional()?.ok_or(Fault::Refused(Error::NotFound))
}

/// Removes an item, and returns its data.
pub(in crate::sqlite) fn remove(tx: &Tx<'_>, id: QuarantineId) -> Result<Option<Vec<u8>>, Fault> {
    let body =
        tx.first("SELECT body FROM quarantine WHERE id = ?1", [id.0], |row| tx.conn.read(Column::Quarantine, row, 0))?;
    tx.run("DELETE FROM quarantine WHERE id = ?1", [id.0])?;
    Ok(body)
}

fn read(row: &Row<'_>) -> rusqlite::Result<QuarantineRow> {
    let stored = usize::try_from(row.get::<_, i64>(3)?).unwrap_or_default();
    Ok(QuarantineRow {
        id: QuarantineId(row.get(0)?),
        number: row.get::<_, Option<String>>(1)?.map(PhoneNumberId::new),
        reason: row.get(2)?,
        size: content_len(row.get_ref(4)?.as_blob()?, stored),
        received_at: Timestamp::from_millis(row.get(5)?),
    })
}
