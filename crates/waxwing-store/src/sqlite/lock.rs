//! Lock file, which limits a database to one process.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::private_files::options;

/// Exclusive right to use a database file. The operating system releases the lock when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// State of the process that holds the lock. The state stays in the file when the process ends. The names have the same length, so a full disk does
/// not prevent a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProcessState {
    /// The process uses the database.
    Running,
    /// The process cannot use the database, so its leases expire although it has not crashed.
    Faulted,
    /// The process has closed the database.
    Stopped,
}

impl ProcessState {
    const ALL: [Self; 3] = [Self::Running, Self::Faulted, Self::Stopped];

    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Faulted => "faulted",
            Self::Stopped => "stopped",
        }
    }
}

impl Lock {
    /// Locks `<database>.lock`. The locks of SQLite itself exclude statements of other processes, not the processes.
    pub(super) fn acquire(database: &Path) -> Result<Self, Error> {
        let file = options().create(true).truncate(false).open(with_suffix(database, ".lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { database: database.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Lock {
    /// Reads the state in which the last holder ended; `None` if the file does not tell.
    pub(super) fn last_state(&self) -> Option<ProcessState> {
        let mut name = String::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).ok()?;
        // The limit is longer than every name.
        file.take(16).read_to_string(&mut name).ok()?;
        ProcessState::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Records the state of this process. A crash of the machine may lose the state, which is only used to tell crashes from other ends.
    pub(super) fn record(&self, state: ProcessState) {
        let mut file = &self.file;
        let written = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(state.as_str().as_bytes()));
        if let Err(error) = written {
            tracing::debug!(%error, state = state.as_str(), "process state not recorded");
        }
    }
}

/// Tells whether a process uses a database. Creates no file.
pub(super) fn is_held(database: &Path) -> io::Result<bool> {
    let file = match File::open(with_suffix(database, ".lock")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
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

fn failed(error: io::Error) -> Error {
    Error::Database(Box::new(error))
}
