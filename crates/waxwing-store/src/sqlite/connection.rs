//! Connections to SQLite.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::Fault;

/// Number of compiled statements that each connection keeps. Larger than the number of statements.
const STATEMENT_CACHE: usize = 256;

/// Page cache of the writer in KiB.
pub(super) const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// Page cache of the reader in KiB. Sessions are read once, so a small cache is enough.
pub(super) const READER_CACHE_KIB: i64 = 2 * 1024;

/// Opens a connection.
pub(super) fn connect(path: &Path, cache_kib: i64) -> Result<Connection, Fault> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // SQLite reads a negative number as KiB and a positive number as pages.
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Without QPSG, SQLite recompiles a statement on a table with a partial index whenever a parameter changes, because the value might make
    // the index usable. A recompilation takes longer than the statement.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(conn)
}

/// Opens an existing file to read it. Neither the file nor its write-ahead log is changed.
pub(super) fn connect_read_only(path: &Path) -> Result<Connection, Fault> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(conn)
}
