//! Permissions of database files.

use std::path::Path;

/// Removes the access of other users from the files of a database, which contain messages and phone numbers.
#[cfg(unix)]
pub(super) fn tighten(database: &Path) {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::lock::with_suffix;

    for suffix in ["", "-wal", "-shm", ".lock"] {
        let path = with_suffix(database, suffix);
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        let of_others = mode & 0o077;
        if of_others == 0 {
            continue;
        }
        let (file, mode) = (path.display(), format!("{mode:03o}"));
        match fs::set_permissions(&path, Permissions::from_mode(0o600)) {
            Ok(()) => tracing::warn!(%file, mode, "database file was accessible to other users; access removed"),
            Err(error) => {
                tracing::warn!(%file, mode, %error, "database file is accessible to other users; run chmod 600 on it");
            }
        }
    }
}

/// Other systems have no permission bits.
#[cfg(not(unix))]
pub(super) fn tighten(_database: &Path) {}
