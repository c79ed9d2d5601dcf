//! Reader of the write-ahead log of a SQLite database.
//!
//! The log shows the number of committed transactions and of pages that any process wrote.
//!
//! <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>

use std::ops::Sub;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::Connection;

/// Length of the header of the log, in bytes.
const HEADER: usize = 32;

/// Length of the header of each page in the log, in bytes.
const FRAME_HEADER: usize = 24;

/// Write-ahead log that keeps all pages while this value exists.
#[derive(Debug)]
pub(crate) struct GrowingLog {
    path: PathBuf,
    /// Read transaction. SQLite keeps all pages that are newer than the transaction.
    _reader: Connection,
}

/// Content of a log, or of a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogSize {
    /// Transactions that wrote pages.
    pub(crate) commits: u64,
    /// Written pages. A page counts each time that it is written.
    pub(crate) pages: u64,
    /// Bytes of the pages with their headers.
    pub(crate) bytes: u64,
}

impl GrowingLog {
    /// Starts a read transaction, which keeps SQLite from reusing the log.
    pub(crate) fn start(database: &Path) -> anyhow::Result<Self> {
        let reader = Connection::open(database)?;
        // The transaction begins with the first read.
        reader.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")?;
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Ok(Self { path: path.into(), _reader: reader })
    }

    /// Returns the content of the log.
    pub(crate) fn size(&self) -> anyhow::Result<LogSize> {
        LogSize::of(&std::fs::read(&self.path)?).context("the write-ahead log has an unknown format")
    }
}

impl LogSize {
    /// Counts the pages of the current log. Pages after these are left from an earlier log, and have other salts.
    fn of(log: &[u8]) -> Option<Self> {
        if log.is_empty() {
            return Some(Self::default());
        }
        let page_size = usize::try_from(u32_at(log, 8)?).ok()?;
        let salts = log.get(16..24)?;
        let mut size = Self::default();
        let mut uncommitted = 0;
        for frame in log.get(HEADER..)?.chunks_exact(FRAME_HEADER + page_size) {
            if frame.get(8..16) != Some(salts) {
                break;
            }
            uncommitted += 1;
            // The last page of a transaction states the size of the database.
            if u32_at(frame, 4)? > 0 {
                size.commits += 1;
                size.pages += std::mem::take(&mut uncommitted);
            }
        }
        size.bytes = size.pages * (FRAME_HEADER + page_size) as u64;
        Some(size)
    }
}

impl Sub for LogSize {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            commits: self.commits - before.commits,
            pages: self.pages - before.pages,
            bytes: self.bytes - before.bytes,
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_and_pages_of_a_log_that_would_have_been_started_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer.execute_batch("CREATE TABLE a (b); PRAGMA wal_checkpoint; PRAGMA wal_autocheckpoint = 2;").unwrap();
        // The first write after the checkpoint reuses the log. Its old pages stay after the new ones.
        writer.execute_batch("INSERT INTO a VALUES (1)").unwrap();
        let log = GrowingLog::start(&path).unwrap();
        let before = log.size().unwrap();
        for _ in 0..5 {
            // One page of the table. A transaction without writes adds nothing.
            writer.execute_batch("INSERT INTO a VALUES (1); BEGIN; SELECT * FROM a; COMMIT;").unwrap();
        }
        writer.execute_batch("INSERT INTO a VALUES (zeroblob(10000))").unwrap();
        let grown = log.size().unwrap() - before;
        // The large value needs the page of its row, two overflow pages, and the first page, which holds the number of pages.
        assert_eq!(grown, LogSize { commits: 6, pages: 9, bytes: 9 * (4096 + 24) });
        writer.execute_batch("BEGIN; INSERT INTO a VALUES (2)").unwrap();
        assert_eq!(log.size().unwrap() - before, grown);
    }
}
