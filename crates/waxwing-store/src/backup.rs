//! Backups of a database with its received media.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Facts about a backup, in its file `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BackupManifest {
    /// Version of the format of backups: 1.
    pub format: u32,
    /// Version of the program that wrote the backup.
    pub program: String,
    /// Start of the backup, in milliseconds since the Unix epoch. The backup has all data of the time before.
    pub created_at: i64,
    /// Version of the schema of the database.
    pub schema: u32,
    /// Host of the Graph API to which the messages of the database are sent, if a server has used the database.
    pub graph_host: Option<String>,
    /// Whether a process used the database during the backup.
    pub was_in_use: bool,
    /// The database file.
    pub database: BackupFile,
    /// Number of rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// The received media of the messages in the database, in the directory `media`.
    pub media: Vec<BackupFile>,
    /// Number of received media of messages whose file the server does not keep, or no longer.
    pub missing_media: u64,
}

/// A file of a backup. The file of a medium is named after its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BackupFile {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// Faults, each in one sentence without data of users. Empty if the database or the backup can be used.
    pub faults: Vec<String>,
    /// Number of media whose content was compared with their hashes.
    pub media: u64,
}

/// A restored backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Restored {
    /// The backup.
    #[serde(skip)]
    pub manifest: BackupManifest,
    /// Work that was pending at the time of the backup, and that an operator decides about.
    pub held: HeldWork,
}

/// Work of a backup that may have been done after the backup, so that a server must not do it again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct HeldWork {
    /// Messages of the outbox that were not sent yet. They are dead letters now, which an operator can requeue.
    pub outgoing: u64,
    /// Received messages that were not answered yet. They are in the history, and no agent runs for them.
    pub unanswered: u64,
    /// Campaigns that were running or paused. They are paused now.
    pub campaigns: u64,
    /// Scheduled messages and reminders whose time has come since the backup. They are not sent.
    pub scheduled: u64,
}

/// A backup, a restore or a check failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database or the backup does not exist.
    #[error("{path} does not exist")]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A backup exists under this name.
    #[error("{path} exists; choose another name, or replace that backup with --overwrite")]
    BackupExists {
        /// The path.
        path: PathBuf,
    },
    /// A file is in the place of a backup.
    #[error("{path} is not a backup of Waxwing: it has no manifest.json")]
    NotABackup {
        /// The path.
        path: PathBuf,
    },
    /// Another process writes a backup under this name.
    #[error("another process writes the backup {path}")]
    Busy {
        /// The path of the backup.
        path: PathBuf,
    },
    /// A database exists at the place to which the backup would be restored.
    #[error("{path} exists; restore to another place with --to, or move the files of that database away")]
    DatabaseExists {
        /// The path.
        path: PathBuf,
    },
    /// A process used the database during the backup, so the pending work may have been done since.
    #[error(
        "a server used the database during the backup, so its pending work may be done; restore it without --keep-pending"
    )]
    WasInUse,
    /// The backup has faults.
    #[error("the backup cannot be restored: {}", .faults.join("; "))]
    Faulty {
        /// The faults.
        faults: Vec<String>,
    },
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The database failed, or a process uses it.
    #[error(transparent)]
    Store(#[from] Error),
}

impl BackupError {
    /// Returns a function that adds the path of a file to its error.
    pub(crate) fn of(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
