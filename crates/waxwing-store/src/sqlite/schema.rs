//! Schema migrations with the identity of the database.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;
use super::tables::meta;
use crate::Error;

/// Migrations. The migration at index n leads from version n to version n + 1. A released migration never changes.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001_queues.sql")];

/// Returns the newest version.
pub(super) fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Returns the version of a database; 0 if it is empty, or not one of Waxwing.
pub(super) fn version(conn: &Connection) -> Result<u32, Fault> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Migrates a database to the newest version.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), Fault> {
    let (known, found) = (newest(), version(conn)?);
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

/// Compares the tables and indexes of a database of the newest version with those that it must have. Returns the differences.
pub(super) fn differences(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut expected = Connection::open_in_memory()?;
    migrate(&mut expected)?;
    let (mut found, expected) = (objects(conn)?, objects(&expected)?);
    let mut differences = Vec::new();
    for (name, sql) in expected {
        match found.remove(&name) {
            None => differences.push(format!("{name} is missing in the schema of the database")),
            Some(other) if other != sql => differences.push(format!("{name} differs from the schema of this version")),
            Some(_) => {}
        }
    }
    differences.extend(found.into_keys().map(|name| format!("{name} does not belong to the schema of this version")));
    Ok(differences)
}

/// Returns the definitions of the tables, indexes and triggers by type and name.
fn objects(conn: &Connection) -> Result<BTreeMap<String, String>, Fault> {
    let mut statement =
        conn.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")?;
    Ok(statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
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
