//! Schema migrations with the identity of the database.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;
use super::tables::meta;
use crate::Error;

/// Migrations. The migration at index n leads from version n to version n + 1. A released migration never changes.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001_queues.sql")];

/// Migrates a database to the newest version.
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

/// Stores the Graph host of a new database, and checks the Graph host of an existing one.
pub(super) fn check_graph_host(conn: &Connection, graph_host: &str) -> Result<(), Fault> {
    let stored = get_or_insert(conn, "graph_host", || Ok(graph_host.to_owned()))?;
    if stored == graph_host {
        return Ok(());
    }
    Err(Fault::Refused(Error::GraphHostMismatch { stored, configured: graph_host.to_owned() }))
}

/// Returns the namespace of the database's tokens: 16 random bytes in hex, generated once.
pub(super) fn namespace(conn: &Connection) -> Result<String, Fault> {
    get_or_insert(conn, "namespace", || {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Fault::Refused(Error::Database(Box::new(error))))?;
        Ok(hex::encode(bytes))
    })
}

fn get_or_insert(
    conn: &Connection,
    key: &str,
    create: impl FnOnce() -> Result<String, Fault>,
) -> Result<String, Fault> {
    if let Some(value) = meta::get(conn, key)? {
        return Ok(value);
    }
    let value = create()?;
    meta::insert(conn, key, &value)?;
    Ok(value)
}
