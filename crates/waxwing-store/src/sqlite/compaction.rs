//! Compaction of the database file after an erasure.
//!
//! SQLite leaves deleted data in free pages, and copies of cells in gaps of pages that were balanced. Compaction rewrites the whole file.
//! It takes about as long as two copies of the file.

use std::time::Instant;

use rusqlite::Connection;

use super::content::ContentConnection;
use super::fault::Fault;
use super::tables::{conversation, meta, send_queue};
use super::tx::Tx;
use crate::Error;

/// Key in `meta` from the erasure to the end of the compaction.
const PENDING: &str = "compaction";

/// Requests a compaction after the commit of the transaction. If the process ends before, the next start compacts the file.
pub(super) fn request(tx: &Tx<'_>) -> Result<(), Fault> {
    mark(tx)?;
    tx.compaction.set(true);
    Ok(())
}

/// Requests a compaction at the end of a change of many transactions. If the process ends before, the next start compacts the file.
pub(super) fn mark(tx: &Tx<'_>) -> Result<(), Fault> {
    meta::insert(tx.conn, PENDING, "due")
}

/// Requests a compaction again if an earlier one failed.
pub(super) fn retry(tx: &Tx<'_>) -> Result<(), Fault> {
    tx.compaction.set(is_pending(tx.conn)?);
    Ok(())
}

/// Fails if a compaction is pending.
pub(super) fn check(tx: &Tx<'_>) -> Result<(), Fault> {
    if is_pending(tx.conn)? {
        return Err(Fault::Refused(Error::Database("the database file could not be compacted".into())));
    }
    Ok(())
}

fn is_pending(conn: &Connection) -> Result<bool, Fault> {
    Ok(meta::get(conn, PENDING)?.is_some())
}

/// Compacts the file if a compaction is pending. Logs a failure: the compaction stays pending, and the database can be used.
pub(super) fn run_or_log(conn: &ContentConnection) {
    if let Err(fault) = run(conn) {
        let error = Error::from(fault);
        tracing::error!(error = &error as &dyn std::error::Error, "database compaction failed");
    }
}

/// Compacts the file if a compaction is pending.
fn run(conn: &ContentConnection) -> Result<(), Fault> {
    if !is_pending(conn)? {
        return Ok(());
    }
    // Also if the compaction fails, erased keys leave the memory.
    conn.vault().forget();
    let started_at = Instant::now();
    tracing::info!("compacting database");
    // Temporary data of queries fits in memory. A copy of the database may not.
    conn.pragma_update(None, "temp_store", "FILE")?;
    let result = conn.execute_batch("VACUUM");
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    result?;
    // No lease could be renewed during the compaction, so all leases are extended.
    let millis = i64::try_from(started_at.elapsed().as_millis()).unwrap_or(i64::MAX);
    conversation::extend_leases(conn, millis)?;
    send_queue::extend_leases(conn, millis)?;
    // The write-ahead log still contains the old pages.
    let is_busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    // No read of older data is in progress, which could bring an erased key back.
    conn.vault().forget();
    if is_busy {
        return Err(Fault::Refused(Error::Database("the write-ahead log could not be truncated".into())));
    }
    meta::delete(conn, PENDING)?;
    tracing::info!(seconds = started_at.elapsed().as_secs(), "database compacted");
    Ok(())
}
