//! Directory in which a backup is written before it gets its name.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::MANIFEST;
use crate::private_files::{self, create_dir, sync_dir};
use crate::{BackupError, BackupManifest};

/// Name of the lock file.
const LOCK: &str = ".lock";

/// A backup that is being written. Dropping it removes the files.
#[derive(Debug)]
pub(super) struct Staging {
    path: PathBuf,
    parent: PathBuf,
    target: PathBuf,
    overwrite: bool,
    is_published: bool,
    /// Held until the backup has its name.
    _lock: File,
}

impl Staging {
    /// Creates the directory next to `target`. The files of a killed process are removed.
    pub(super) fn create(target: &Path, overwrite: bool) -> Result<Self, BackupError> {
        check_target(target, overwrite)?;
        let not_a_name = || BackupError::NotABackup { path: target.to_owned() };
        let name = target.file_name().ok_or_else(not_a_name)?.to_string_lossy();
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        if !parent.is_dir() {
            return Err(BackupError::Missing { path: parent });
        }
        let path = parent.join(format!(".{name}.part"));
        create_dir(&path).map_err(BackupError::of(&path))?;
        let lock = private_files::options().create(true).truncate(false).open(path.join(LOCK));
        let lock = lock.map_err(BackupError::of(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy { path: target.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(BackupError::File { path, source }),
        }
        let target = target.to_owned();
        let staging = Self { path, parent, target, overwrite, is_published: false, _lock: lock };
        staging.clear().map_err(BackupError::of(&staging.path))?;
        Ok(staging)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes everything but the lock file.
    fn clear(&self) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Writes the manifest, and gives the backup its name.
    pub(super) fn publish(mut self, manifest: &BackupManifest) -> Result<(), BackupError> {
        self.write_manifest(manifest).map_err(BackupError::of(self.path.join(MANIFEST)))?;
        check_target(&self.target, self.overwrite)?;
        self.rename().map_err(BackupError::of(&self.target))
    }

    fn write_manifest(&self, manifest: &BackupManifest) -> std::io::Result<()> {
        let mut file = private_files::options().create_new(true).open(self.path.join(MANIFEST))?;
        file.write_all(&serde_json::to_vec_pretty(manifest)?)?;
        file.sync_all()?;
        sync_dir(&self.path)
    }

    fn rename(&mut self) -> std::io::Result<()> {
        let replaced = self.path.with_extension("old");
        if self.target.exists() {
            if replaced.exists() {
                fs::remove_dir_all(&replaced)?;
            }
            fs::rename(&self.target, &replaced)?;
        }
        // The system refuses to replace a directory that is not empty.
        fs::rename(&self.path, &self.target)?;
        self.is_published = true;
        // Another process cannot take the directory over before it has its name.
        fs::remove_file(self.target.join(LOCK))?;
        sync_dir(&self.parent)?;
        if replaced.exists() { fs::remove_dir_all(&replaced) } else { Ok(()) }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_published
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "files of an incomplete backup not removed");
        }
    }
}

/// Fails if `target` exists, unless it is a backup to replace.
fn check_target(target: &Path, overwrite: bool) -> Result<(), BackupError> {
    let path = target.to_owned();
    match target.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) if !overwrite => Err(BackupError::BackupExists { path }),
        Ok(_) if target.join(MANIFEST).is_file() => Ok(()),
        Ok(_) => Err(BackupError::NotABackup { path }),
    }
}
