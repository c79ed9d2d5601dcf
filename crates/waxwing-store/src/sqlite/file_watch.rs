//! Detection of changes that other programs make to the files of a database.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;

use super::lock;

/// Length of the header of a write-ahead log, in bytes.
const WAL_HEADER: u64 = 32;

/// Length of the header of each frame of a write-ahead log, in bytes.
const FRAME_HEADER: u64 = 24;

/// The files of an open database, as they were after the last transaction.
#[derive(Debug)]
pub(super) struct FileWatch {
    database: WatchedFile,
    wal: WatchedFile,
    lock: WatchedFile,
    page_size: u64,
    /// Number of frames of the write-ahead log that were copied into the database.
    copied_frames: i64,
}

/// State of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// Only this process has written to the files.
    Untouched,
    /// Another program has written to the files. The database may be damaged.
    Touched,
}

/// Damage that makes the open database useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileDamage {
    file: &'static str,
    damage: &'static str,
}

#[derive(Debug)]
struct WatchedFile {
    name: &'static str,
    path: PathBuf,
    /// `None` if the file did not exist.
    stamp: Option<Stamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// Device and inode.
    identity: (u64, u64),
    length: u64,
    modified_at: Option<SystemTime>,
}

impl FileWatch {
    /// Watches the files of an open database.
    pub(super) fn new(database: &Path, conn: &Connection) -> rusqlite::Result<Self> {
        let page_size = conn.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?;
        let (_, copied_frames) = frames(conn)?;
        Ok(Self {
            database: WatchedFile::new("database file", database.to_owned()),
            wal: WatchedFile::new("write-ahead log", lock::with_suffix(database, "-wal")),
            lock: WatchedFile::new("lock file", lock::with_suffix(database, ".lock")),
            page_size: u64::try_from(page_size).unwrap_or_default(),
            copied_frames,
        })
    }

    /// Compares the files with their state after the last transaction.
    pub(super) fn inspect(&mut self, conn: &Connection) -> Result<Files, FileDamage> {
        let (database, wal) = (self.database.look()?, self.wal.look()?);
        self.lock.look()?;
        if self.database.is_shorter(database) && length(database) == 0 {
            return Err(self.database.damage("was truncated"));
        }
        if self.wal.is_shorter(wal) && self.is_log_cut(wal, conn) {
            return Err(self.wal.damage("was truncated"));
        }
        let is_touched = (self.database.stamp, self.wal.stamp) != (database, wal);
        (self.database.stamp, self.wal.stamp) = (database, wal);
        Ok(if is_touched { Files::Touched } else { Files::Untouched })
    }

    /// Fails if the database file or the lock file is no longer the same file.
    pub(super) fn check_identity(&self) -> Result<(), FileDamage> {
        self.database.look()?;
        self.lock.look()?;
        Ok(())
    }

    /// Records the state of the files after a transaction of this process. A checkpoint is the only part of a transaction that writes to the
    /// database file, so a change without a checkpoint is the change of another program.
    pub(super) fn record(&mut self, conn: &Connection) -> Result<Files, FileDamage> {
        let (database, wal) = (self.database.look()?, self.wal.look()?);
        self.lock.look()?;
        let is_modified = self.database.stamp != database;
        (self.database.stamp, self.wal.stamp) = (database, wal);
        if !is_modified {
            return Ok(Files::Untouched);
        }
        let Ok((_, copied)) = frames(conn) else { return Ok(Files::Touched) };
        let before = std::mem::replace(&mut self.copied_frames, copied);
        Ok(if copied > 0 && copied != before { Files::Untouched } else { Files::Touched })
    }

    /// Tells whether the write-ahead log is shorter than the frames that SQLite expects in it. Another program may shorten the log with a
    /// checkpoint.
    fn is_log_cut(&self, wal: Option<Stamp>, conn: &Connection) -> bool {
        let expected = match frames(conn) {
            Ok((frames @ 1.., _)) => WAL_HEADER + frames.unsigned_abs() * (FRAME_HEADER + self.page_size),
            _ => 0,
        };
        length(wal) < expected
    }
}

/// Returns the numbers of frames in the write-ahead log and of those that were copied into the database.
fn frames(conn: &Connection) -> rusqlite::Result<(i64, i64)> {
    conn.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?.query_row((), |row| Ok((row.get(1)?, row.get(2)?)))
}

fn length(stamp: Option<Stamp>) -> u64 {
    stamp.map_or(0, |stamp| stamp.length)
}

impl WatchedFile {
    fn new(name: &'static str, path: PathBuf) -> Self {
        let stamp = std::fs::metadata(&path).ok().map(|metadata| Stamp::new(&metadata));
        Self { name, path, stamp }
    }

    /// Looks at the file, and fails if it is no longer the same file.
    fn look(&self) -> Result<Option<Stamp>, FileDamage> {
        let now = match std::fs::metadata(&self.path) {
            Ok(metadata) => Some(Stamp::new(&metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => return Err(self.damage("cannot be examined")),
        };
        match (self.stamp, now) {
            (Some(_), None) => Err(self.damage("was deleted or renamed")),
            (Some(before), Some(now)) if before.identity != now.identity => Err(self.damage("was replaced")),
            _ => Ok(now),
        }
    }

    fn is_shorter(&self, now: Option<Stamp>) -> bool {
        length(now) < length(self.stamp)
    }

    fn damage(&self, damage: &'static str) -> FileDamage {
        FileDamage { file: self.name, damage }
    }
}

impl Stamp {
    fn new(metadata: &Metadata) -> Self {
        Self { identity: identity(metadata), length: metadata.len(), modified_at: metadata.modified().ok() }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

/// Without inodes, a replaced file is noticed by its length and its time only.
#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> (u64, u64) {
    (0, 0)
}

impl fmt::Display for FileDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.file, self.damage)
    }
}
