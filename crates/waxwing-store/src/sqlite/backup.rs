//! Backups of a database.
//!
//! A backup is a directory with a copy of the database, the received media, and a manifest.
//!
//! `VACUUM INTO` copies the database in one read transaction. SQLite's backup API in steps would start again with each write of a running
//! server, and would copy the free pages with deleted data. A read transaction delays no writer; the write-ahead log grows meanwhile.

mod copy;
mod held;
mod restore;
mod snapshot;
mod staging;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::copy::copy_media;
use self::snapshot::Snapshot;
use self::staging::Staging;
use super::lock;
use crate::{BackupError, BackupManifest, Clock, Restored, StorageKeys, SystemClock, Verification};

/// Version of the format of backups.
const FORMAT: u32 = 1;

/// Name of the database in a backup.
const DATABASE: &str = "waxwing.db";

/// Name of the directory of media in a backup.
const MEDIA: &str = "media";

/// Name of the manifest in a backup.
const MANIFEST: &str = "manifest.json";

/// The files of a database: the SQLite file, and the directory of the received media.
///
/// The methods block the thread. They can run while a server uses the database, except for a restore.
///
/// ```
/// use waxwing_store::{SqliteFiles, SqliteOptions, SqliteStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let path = directory.join("waxwing.db");
/// let store = SqliteStore::open(&path, SqliteOptions::new("graph.facebook.com")).await?;
/// let files = SqliteFiles::new(&path, directory.join("waxwing.db.kept-media"));
/// let backup = directory.join("monday");
/// assert!(files.back_up(&backup, false)?.was_in_use);
/// assert!(SqliteFiles::verify_backup(&backup)?.faults.is_empty());
///
/// let copy = SqliteFiles::new(directory.join("copy.db"), directory.join("copy.db.kept-media"));
/// let restored = copy.restore(&backup, false)?;
/// assert_eq!(restored.held.outgoing, 0);
/// # store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteFiles {
    database: PathBuf,
    media: PathBuf,
    clock: Arc<dyn Clock>,
    keys: StorageKeys,
}

impl SqliteFiles {
    /// Names the files of a database. Files that do not exist are no error.
    pub fn new(database: impl Into<PathBuf>, media: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            media: media.into(),
            clock: Arc::new(SystemClock),
            keys: StorageKeys::default(),
        }
    }

    /// Sets the clock. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the storage keys, which a restore of sealed content needs. Default: none.
    pub fn storage_keys(mut self, keys: StorageKeys) -> Self {
        self.keys = keys;
        self
    }

    /// Writes a backup to the directory `target`, which must not exist unless `overwrite` is set. Returns its manifest.
    ///
    /// The backup has the state of one moment. It is written under another name in the same directory, flushed, and then renamed. A medium
    /// whose file is missing or damaged is left out.
    ///
    /// # Errors
    ///
    /// If the database does not exist or is damaged, if `target` exists, or if a file cannot be read or written.
    pub fn back_up(&self, target: &Path, overwrite: bool) -> Result<BackupManifest, BackupError> {
        let database = self.existing()?;
        let staging = Staging::create(target, overwrite)?;
        let is_held = || lock::is_held(&database).map_err(BackupError::of(lock::with_suffix(&database, ".lock")));
        let was_held = is_held()?;
        let copy = staging.path().join(DATABASE);
        let created_at = self.clock.now().as_millis();
        snapshot::write(&database, &copy)?;
        let was_in_use = was_held || is_held()?;
        let Snapshot { schema, graph_host, rows, media } = snapshot::describe(&copy)?;
        let total = u64::try_from(media.len()).unwrap_or(u64::MAX);
        let media = copy_media(&self.media, &staging.path().join(MEDIA), media)?;
        let manifest = BackupManifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            schema,
            graph_host,
            was_in_use,
            database: copy::describe(&copy)?,
            rows,
            missing_media: total.saturating_sub(u64::try_from(media.len()).unwrap_or(u64::MAX)),
            media,
        };
        staging.publish(&manifest)?;
        Ok(manifest)
    }

    /// Checks the database and its received media. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the database does not exist, or if a file cannot be read.
    pub fn verify(&self) -> Result<Verification, BackupError> {
        verify::live(&self.existing()?, &self.media)
    }

    /// Checks a backup. Changes nothing.
    ///
    /// # Errors
    ///
    /// If there is no backup at this path, or if a file cannot be read.
    pub fn verify_backup(backup: &Path) -> Result<Verification, BackupError> {
        verify::backup(backup).map(|(_, verification)| verification)
    }

    /// Restores a backup to these files, of which the database must not exist.
    ///
    /// The work that was pending at the time of the backup may have been done after it. It is held: see [`HeldWork`](crate::HeldWork). With
    /// `keep_pending` it is done by the next server instead. New rows get larger ids than rows that were written after the backup.
    ///
    /// # Errors
    ///
    /// If the backup has faults, if a storage key is missing, if the database exists or a process uses it, if `keep_pending` is set and a server used the database during the
    /// backup, or if a file cannot be read or written.
    pub fn restore(&self, backup: &Path, keep_pending: bool) -> Result<Restored, BackupError> {
        restore::restore(self, backup, keep_pending)
    }

    /// Returns the path of the database without symbolic links.
    fn existing(&self) -> Result<PathBuf, BackupError> {
        self.database.canonicalize().map_err(|error| missing(&self.database, error))
    }
}

/// Returns the error for a file that cannot be found or opened.
fn missing(path: &Path, error: std::io::Error) -> BackupError {
    match error.kind() {
        std::io::ErrorKind::NotFound => BackupError::Missing { path: path.to_owned() },
        _ => BackupError::of(path)(error),
    }
}
