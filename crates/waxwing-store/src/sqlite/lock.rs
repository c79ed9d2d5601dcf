//! Lock file, which limits a database to one process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// Exclusive right to use a database file. The operating system releases the lock when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `<database>.lock`. The locks of SQLite itself exclude statements of other processes, not the processes.
    pub(super) fn acquire(database: &Path) -> Result<Self, Error> {
        let file = options().create(true).truncate(false).open(with_suffix(database, ".lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { database: database.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Creates the database file if it does not exist, readable by its owner only. Returns the canonical path, so that a symbolic link cannot
/// bypass the lock.
pub(super) fn canonical(database: &Path) -> Result<PathBuf, Error> {
    // An existing file is not opened: closing it would release the locks that SQLite holds on it in this process.
    match options().create_new(true).open(database) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    database.canonicalize().map_err(failed)
}

/// Returns the path of a file that belongs to a database.
pub(super) fn with_suffix(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn failed(error: io::Error) -> Error {
    Error::Database(Box::new(error))
}
