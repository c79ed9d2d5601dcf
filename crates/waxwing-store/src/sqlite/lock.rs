//! One process per file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// The right to work on a database file. The operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `<database>.lock`.
    ///
    /// SQLite's own locks will not do: they keep statements apart, not processes.
    pub(super) fn take(database: &Path) -> Result<Self, Error> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let file = options().create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { database: database.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Creates the database file, readable by its owner only, if it is not there; returns the path that is the same for everybody who means
/// this file, so that a symbolic link does not lead around the lock.
pub(super) fn canonical(database: &Path) -> Result<PathBuf, Error> {
    // A file that is there is left alone: closing it here would take away the locks that SQLite holds on it in this process.
    match options().create_new(true).open(database) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    database.canonicalize().map_err(failed)
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
