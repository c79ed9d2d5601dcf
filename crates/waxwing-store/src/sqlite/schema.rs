//! The tables, how they came to be, and what a database remembers of itself.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::fault::Fault;
use crate::Error;

/// Each migration takes a database from the version that is its index to the next; a released one never changes.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001_queues.sql")];

/// Brings a database up to the newest version.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), Fault> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let found: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(Fault::Refused(Error::SchemaTooNew { found, known }));
    }
    for (version, migration) in (found + 1..).zip(MIGRATIONS.iter().skip(found as usize)) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

/// Stamps a new database with the Graph host that it is for, and compares the stamp of an old one.
pub(super) fn stamp(conn: &Connection, graph_host: &str) -> Result<(), Fault> {
    let stored = remembered(conn, "graph_host", || Ok(graph_host.to_owned()))?;
    if stored == graph_host {
        return Ok(());
    }
    Err(Fault::Refused(Error::GraphHostMismatch { stored, configured: graph_host.to_owned() }))
}

/// What the tokens of this database's attempts begin with: 16 random bytes in hex, drawn once.
pub(super) fn namespace(conn: &Connection) -> Result<String, Fault> {
    remembered(conn, "namespace", || {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Fault::Refused(Error::Database(Box::new(error))))?;
        Ok(hex::encode(bytes))
    })
}

fn remembered(conn: &Connection, key: &str, first: impl FnOnce() -> Result<String, Fault>) -> Result<String, Fault> {
    let stored = conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?;
    if let Some(value) = stored {
        return Ok(value);
    }
    let value = first()?;
    conn.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    Ok(value)
}
