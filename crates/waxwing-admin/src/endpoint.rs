//! File that states how to reach a running server.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use waxwing::Database;

/// Address and token of a running server. Only the operating system user of the server can read the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct AdminEndpoint {
    pub(crate) url: String,
    pub(crate) token: String,
}

impl AdminEndpoint {
    /// Returns the path of the file for a database.
    pub(crate) fn path(database: &Database) -> PathBuf {
        database.sibling(".admin.json")
    }

    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes the file atomically: a reader sees the whole file or none.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        // An older draft may be readable by others, and opening it would keep its mode.
        let _ = std::fs::remove_file(&draft);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&draft)?.write_all(&serde_json::to_vec(self)?)?;
        std::fs::rename(draft, path)
    }
}

impl fmt::Debug for AdminEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminEndpoint").field("url", &self.url).finish_non_exhaustive()
    }
}
