//! Restore of a backup.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{DATABASE, MEDIA, SqliteFiles, copy, held, verify};
use crate::private_files::{create_dir, sync_dir};
use crate::sqlite::connection::{WRITER_CACHE_KIB, connect};
use crate::sqlite::content::ContentConnection;
use crate::sqlite::database::Database;
use crate::sqlite::events::EventChannels;
use crate::sqlite::fault::Fault;
use crate::sqlite::lock::{Lock, ProcessState, with_suffix};
use crate::sqlite::{SqliteOptions, recovery, schema};
use crate::vault::Vault;
use crate::{BackupError, BackupManifest, Error, HeldWork, Restored};

/// Ends of the names of the files of a database.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Restores a backup to files that do not exist.
pub(super) fn restore(files: &SqliteFiles, backup: &Path, keep_pending: bool) -> Result<Restored, BackupError> {
    let (manifest, verification) = verify::backup(backup)?;
    if !verification.faults.is_empty() {
        return Err(BackupError::Faulty { faults: verification.faults });
    }
    if keep_pending && manifest.was_in_use {
        return Err(BackupError::WasInUse);
    }
    let target = absolute(&files.database)?;
    check_absent(&target)?;
    let lock = Lock::acquire(&target)?;
    check_absent(&target)?;
    let part = with_suffix(&target, ".restore");
    let restored = fill(files, backup, &manifest, &part, keep_pending);
    if restored.is_err() {
        remove_all(&part)?;
    }
    let held = restored?;
    fs::rename(&part, &target).map_err(BackupError::of(&target))?;
    sync_dir(parent_of(&target)).map_err(BackupError::of(&target))?;
    // The next process must not take this one for a crash.
    lock.record(ProcessState::Stopped);
    Ok(Restored { manifest, held })
}

/// Fills the file `part` with the database of a backup, and copies the media to their directory.
fn fill(
    files: &SqliteFiles,
    backup: &Path,
    manifest: &BackupManifest,
    part: &Path,
    keep_pending: bool,
) -> Result<HeldWork, BackupError> {
    // A killed process may have left these files.
    remove_all(part)?;
    let hash = copy::copy(&backup.join(DATABASE), part)?;
    if hash.to_string() != manifest.database.sha256 {
        return Err(BackupError::Faulty { faults: vec![format!("{DATABASE} changes during the restore")] });
    }
    let held = prepare(part, files, keep_pending).map_err(Error::from)?;
    let file = File::open(part).map_err(BackupError::of(part))?;
    file.sync_all().map_err(BackupError::of(part))?;
    restore_media(&files.media, &backup.join(MEDIA), manifest)?;
    Ok(held)
}

/// Migrates a copied database, and holds its pending work unless it is kept.
fn prepare(path: &Path, files: &SqliteFiles, keep_pending: bool) -> Result<HeldWork, Fault> {
    let vault = Vault::new(files.keys.clone());
    let mut conn = ContentConnection::new(connect(path, WRITER_CACHE_KIB)?, vault);
    schema::migrate(&mut conn)?;
    // Pending messages are read to hold them, and what is recorded about that is sealed.
    conn.check_keys()?;
    let namespace = schema::namespace(&conn)?;
    recovery::run(&conn, files.clock.now(), false)?;
    let options = SqliteOptions::any_graph_host().clock(files.clock.clone());
    let database = Database::new(conn, options, namespace, EventChannels::default());
    let held = database.operate(|tx| {
        held::advance_ids(tx)?;
        if keep_pending { Ok(HeldWork::default()) } else { held::hold(tx) }
    })?;
    // The last connection moves the write-ahead log into the file and removes it.
    database.conn.into_inner().close().map_err(|(_, error)| error)?;
    Ok(held)
}

/// Copies the media of a backup. Equal content has the same name, so files that exist already are left alone.
fn restore_media(target: &Path, source: &Path, manifest: &BackupManifest) -> Result<(), BackupError> {
    create_dir(target).map_err(BackupError::of(target))?;
    for medium in &manifest.media {
        let file = target.join(&medium.sha256);
        if file.exists() {
            continue;
        }
        // The media store removes files with this end.
        let part = target.join("restore.part");
        if part.exists() {
            fs::remove_file(&part).map_err(BackupError::of(&part))?;
        }
        let hash = copy::copy(&source.join(&medium.sha256), &part)?;
        if hash.to_string() != medium.sha256 {
            return Err(BackupError::Faulty { faults: vec!["a medium changes during the restore".into()] });
        }
        fs::rename(&part, &file).map_err(BackupError::of(file))?;
    }
    sync_dir(target).map_err(BackupError::of(target))
}

/// Returns the path of a file that does not exist, in its directory without symbolic links.
fn absolute(path: &Path) -> Result<PathBuf, BackupError> {
    let directory = parent_of(path);
    let canonical = directory.canonicalize().map_err(|error| super::missing(directory, error))?;
    let name = path.file_name().ok_or_else(|| BackupError::Missing { path: path.to_owned() })?;
    Ok(canonical.join(name))
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn check_absent(target: &Path) -> Result<(), BackupError> {
    let exists = |path: &PathBuf| path.symlink_metadata().is_ok();
    match SUFFIXES.map(|suffix| with_suffix(target, suffix)).into_iter().find(exists) {
        Some(path) => Err(BackupError::DatabaseExists { path }),
        None => Ok(()),
    }
}

fn remove_all(part: &Path) -> Result<(), BackupError> {
    for path in SUFFIXES.map(|suffix| with_suffix(part, suffix)) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(BackupError::of(path)(error)),
            _ => {}
        }
    }
    Ok(())
}
