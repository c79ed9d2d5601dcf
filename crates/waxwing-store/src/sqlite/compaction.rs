//! Writes the file anew, so that nothing is left in it of what was erased.
//!
//! SQLite overwrites what it deletes at best where it lay last: b-trees that were balanced keep copies of cells in the gaps of their pages. So the
//! whole file is written anew. It takes about as long as copying the file twice.

use std::time::Instant;

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::tx::Tx;
use crate::Error;

/// What `meta` holds from the moment in which something was erased until the file was written anew.
const DUE: &str = "compaction";

/// Asks for the file to be written anew once the transaction is on disk. Should the process end before, it is done at the next start.
pub(super) fn request(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.run("INSERT INTO meta (key, value) VALUES (?1, 'due') ON CONFLICT DO NOTHING", [DUE])?;
    tx.compaction.set(true);
    Ok(())
}

/// Tries again, if it failed before.
pub(super) fn resume(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.compaction.set(is_due(tx)?);
    Ok(())
}

/// An error if the file still has to be written anew.
pub(super) fn check(tx: &Tx<'_>) -> Result<(), Fault> {
    if is_due(tx)? {
        return Err(Fault::Refused(Error::Database("the database file could not be written anew".into())));
    }
    Ok(())
}

fn is_due(tx: &Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.first("SELECT 1 FROM meta WHERE key = ?1", [DUE], |_| Ok(()))?.is_some())
}

/// Writes the file anew, if that is due.
pub(super) fn run(conn: &Connection) -> Result<(), Fault> {
    let due = conn.prepare_cached("SELECT 1 FROM meta WHERE key = ?1")?.exists([DUE])?;
    if !due {
        return Ok(());
    }
    let began = Instant::now();
    tracing::info!("the database is written anew, so that nothing is left of what was erased");
    // What is sorted may be kept in memory, a copy of the database may not.
    conn.pragma_update(None, "temp_store", "FILE")?;
    let written = conn.execute_batch("VACUUM");
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    written?;
    // Nobody could renew a lease meanwhile.
    let millis = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    conn.execute("UPDATE conversation SET wake = wake + ?1 WHERE held = 1", params![millis])?;
    conn.execute("UPDATE send_queue SET wake = wake + ?1 WHERE held = 1", params![millis])?;
    // The log holds what the file held.
    let is_busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    if is_busy {
        return Err(Fault::Refused(Error::Database("the write-ahead log could not be emptied".into())));
    }
    conn.execute("DELETE FROM meta WHERE key = ?1", [DUE])?;
    tracing::info!(seconds = began.elapsed().as_secs(), "the database was written anew");
    Ok(())
}
