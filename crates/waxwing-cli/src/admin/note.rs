//! The note beside a database that says where its server's interface is. Only the server's own user can read it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use waxwing::Database;

/// Where the interface is, and what opens it.
#[derive(Serialize, Deserialize)]
pub(crate) struct AdminEndpoint {
    pub(super) url: String,
    pub(super) token: String,
}

impl AdminEndpoint {
    /// The path of a database's note.
    pub(super) fn path(database: &Database) -> PathBuf {
        database.sibling(".admin.json")
    }

    /// Reads the note.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes the note; whoever reads it sees all of it or nothing.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        // A leftover may be readable by others, and opening it would keep it so.
        let _ = std::fs::remove_file(&draft);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&draft)?.write_all(&serde_json::to_vec(self)?)?;
        std::fs::rename(draft, path)
    }
}
