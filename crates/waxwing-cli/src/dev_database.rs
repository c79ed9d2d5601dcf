//! Database of `waxwing dev`, which never contains real messages.

use std::io;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use waxwing::{ConfigError, Database, Error, store};

use crate::output::notice;

/// URL of the database.
pub(crate) const DEV_DATABASE: &str = "sqlite://waxwing-dev.db";

/// Host of the emulated Graph API, to which the database belongs.
const HOST: &str = "127.0.0.1";

/// Files and directories that belong to the database, by what is appended to its name.
const SIBLINGS: [&str; 6] = ["-wal", "-shm", ".lock", ".admin.json", ".media", ".kept-media"];

/// Returns the database of `waxwing dev` in the place of `default`, if only the former exists. Tells the user so.
pub(crate) fn or_dev_database(default: Database) -> Result<Database, ConfigError> {
    let dev = Database::parse(DEV_DATABASE)?.storage_keys(default.keys().clone());
    if default.exists() || !dev.exists() {
        return Ok(default);
    }
    notice(&format!("using {dev}, the database of `waxwing dev`; --database-url names another one"));
    Ok(dev)
}

/// Removes the database of `waxwing dev` with the files that belong to it.
///
/// # Errors
///
/// If a server uses the database, if it is not one of the emulated WhatsApp, or if it cannot be removed.
pub(crate) async fn remove() -> anyhow::Result<()> {
    let database = Database::parse(DEV_DATABASE)?;
    if !database.exists() {
        return Ok(());
    }
    match database.open(HOST).await {
        Ok(store) => drop(store),
        // The key was set with the other settings, and the content goes.
        Err(Error::Store(store::Error::StorageKeyMissing { .. })) => {}
        Err(Error::Store(error @ store::Error::InUse { .. })) => {
            return Err(anyhow!(error).context("stop the other `waxwing dev` before you start with --fresh"));
        }
        Err(error) => {
            let help = format!("{database} is not a database of `waxwing dev`, so it stays; remove it yourself");
            return Err(anyhow!(error).context(help));
        }
    }
    for suffix in SIBLINGS.into_iter().chain([""]) {
        let path = database.sibling(suffix);
        delete(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    Ok(())
}

/// Deletes a file, or a directory with its content, if it exists.
fn delete(path: &Path) -> io::Result<()> {
    let deleted = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match deleted {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
