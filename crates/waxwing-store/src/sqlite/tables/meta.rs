//! Table `meta`: facts about the database itself.

use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::fault::Fault;

/// Returns a value, if it is set.
pub(in crate::sqlite) fn get(conn: &Connection, key: &str) -> Result<Option<String>, Fault> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Sets a value, unless it is set.
pub(in crate::sqlite) fn insert(conn: &Connection, key: &str, value: &str) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    statement.execute(params![key, value])?;
    Ok(())
}

/// Sets a value.
pub(in crate::sqlite) fn set(conn: &Connection, key: &str, value: &str) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?;
    statement.execute(params![key, value])?;
    Ok(())
}

/// Removes a value.
pub(in crate::sqlite) fn delete(conn: &Connection, key: &str) -> Result<(), Fault> {
    conn.execute("DELETE FROM meta WHERE key = ?1", [key])?;
    Ok(())
}
