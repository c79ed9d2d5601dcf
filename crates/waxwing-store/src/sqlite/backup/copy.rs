//! Copies of files, with their hashes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::private_files::{self, create_dir, sync_dir};
use crate::{BackupError, BackupFile, MediaHash};

/// Passes on what it reads, and writes it to a file.
struct Tee {
    source: File,
    target: File,
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.target.write_all(&buffer[..length])?;
        Ok(length)
    }
}

/// Copies a file to a path at which no file exists, and flushes the copy. Returns the hash of the content.
pub(super) fn copy(source: &Path, target: &Path) -> Result<MediaHash, BackupError> {
    let source_file = File::open(source).map_err(BackupError::of(source))?;
    let of_target = || BackupError::of(target);
    let target_file = private_files::options().create_new(true).open(target).map_err(of_target())?;
    let mut tee = Tee { source: source_file, target: target_file };
    let hash = MediaHash::of_reader(&mut tee).map_err(of_target())?;
    tee.target.sync_all().map_err(of_target())?;
    Ok(hash)
}

/// Returns the size and the hash of a file.
pub(super) fn describe(path: &Path) -> Result<BackupFile, BackupError> {
    let file = File::open(path).map_err(BackupError::of(path))?;
    let bytes = file.metadata().map_err(BackupError::of(path))?.len();
    let hash = MediaHash::of_reader(file).map_err(BackupError::of(path))?;
    Ok(BackupFile { bytes, sha256: hash.to_string() })
}

/// Copies those of these media that are in the directory `source` to the new directory `target`. Damaged files are left out.
pub(super) fn copy_media(source: &Path, target: &Path, media: Vec<MediaHash>) -> Result<Vec<BackupFile>, BackupError> {
    create_dir(target).map_err(BackupError::of(target))?;
    let mut copied = Vec::new();
    for expected in media {
        let name = expected.to_string();
        let (from, to) = (source.join(&name), target.join(&name));
        // Retention may remove the file at any time.
        let hash = match copy(&from, &to) {
            Err(BackupError::File { path, source }) if path == from && source.kind() == io::ErrorKind::NotFound => {
                continue;
            }
            hash => hash?,
        };
        if hash != expected {
            tracing::warn!("kept medium is damaged; left out of the backup");
            std::fs::remove_file(&to).map_err(BackupError::of(to))?;
            continue;
        }
        let bytes = std::fs::metadata(&to).map_err(BackupError::of(to))?.len();
        copied.push(BackupFile { bytes, sha256: name });
    }
    sync_dir(target).map_err(BackupError::of(target))?;
    Ok(copied)
}
