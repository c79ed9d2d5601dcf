//! Table `retention_cursor`: start of the next retention step.

use rusqlite::params;
use rusqlite::types::Value;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Returns the index of the table, and the last key that was examined.
pub(in crate::sqlite) fn get(tx: &Tx<'_>) -> Result<(u32, Value), Fault> {
    tx.one("SELECT table_index, last_key FROM retention_cursor WHERE id = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Sets the index of the table, and the last key that was examined.
pub(in crate::sqlite) fn set(tx: &Tx<'_>, table_index: u32, last_key: &Value) -> Result<(), Fault> {
    tx.run("UPDATE retention_cursor SET table_index = ?1, last_key = ?2 WHERE id = 1", params![table_index, last_key])?;
    Ok(())
}
