//! Databases that a server can open.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waxwing_metrics::Metrics;
use waxwing_store::{DirectoryMediaStore, MediaStore, StorageKeys, Store};
#[cfg(feature = "sqlite")]
use waxwing_store::{Resealed, SqliteOptions, SqliteStore};

use crate::error::{ConfigError, Error};
#[cfg(feature = "sqlite")]
use crate::store_times::StoreTimes;

/// A database that a server can open: an SQLite file.
///
/// ```
/// use waxwing::Database;
///
/// assert_eq!(Database::parse("sqlite://waxwing.db")?, Database::sqlite("waxwing.db"));
/// # Ok::<(), waxwing::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    path: PathBuf,
    keys: StorageKeys,
}

impl Database {
    /// Names an SQLite file, whose content is plain.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), keys: StorageKeys::default() }
    }

    /// Sets the storage keys, which seal the content. Default: none.
    pub fn storage_keys(self, keys: StorageKeys) -> Self {
        Self { keys, ..self }
    }

    /// Returns the storage keys.
    pub fn keys(&self) -> &StorageKeys {
        &self.keys
    }

    /// Returns the path of the SQLite file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Parses `sqlite://PATH`.
    ///
    /// # Errors
    ///
    /// If the URL has another form. The message shows the expected form; it never shows the URL, which may contain a password.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |reason: &str| ConfigError::new(format!("DATABASE_URL (storage.database_url) is wrong: {reason}"));
        let (scheme, rest) = url.split_once(':').ok_or_else(|| wrong("write sqlite://PATH"))?;
        match scheme {
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Err(wrong("the path is missing: write sqlite://PATH")),
                path => Ok(Self::sqlite(path)),
            },
            "postgres" | "postgresql" => Err(wrong("this version has no PostgreSQL store yet: write sqlite://PATH")),
            _ => Err(wrong("write sqlite://PATH")),
        }
    }

    /// Returns true if the database file exists.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens or creates the database for the messages of one Graph host.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if another process uses the database, or if it belongs to another Graph host.
    pub async fn open(&self, graph_host: &str) -> Result<Arc<dyn Store>, Error> {
        open(self, Some(graph_host), None).await
    }

    /// Opens or creates the database as [`open`](Self::open) does, and counts the time of its operations.
    pub(crate) async fn open_measured(&self, graph_host: &str, metrics: &Metrics) -> Result<Arc<dyn Store>, Error> {
        open(self, Some(graph_host), Some(metrics)).await
    }

    /// Opens the database for a command that sends nothing, for any Graph host.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if another process uses the database.
    pub async fn open_for_maintenance(&self) -> Result<Arc<dyn Store>, Error> {
        open(self, None, None).await
    }

    /// Makes the stored content follow the storage keys: seals it with a current key, opens it without one. No server may use the database.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if another process uses the database, if a storage key is missing, or if content cannot be opened.
    #[cfg(feature = "sqlite")]
    pub async fn reseal(&self) -> Result<Resealed, Error> {
        let store = sqlite(self, None, None).await?;
        let done = store.reseal().await;
        store.close().await;
        Ok(done?)
    }

    /// Returns the path of the database with `suffix` appended, for a file or directory next to the database.
    pub fn sibling(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    }

    /// Opens or creates the directory for received media that later turns can read. All of them together have at most `max_bytes` bytes, and 0
    /// keeps none.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    pub async fn open_media_store(&self, max_bytes: u64) -> io::Result<Arc<dyn MediaStore>> {
        Ok(Arc::new(DirectoryMediaStore::open(self.kept_media_dir(), max_bytes).await?))
    }

    /// Returns the directory for received media that later turns can read.
    pub fn kept_media_dir(&self) -> PathBuf {
        self.sibling(".kept-media")
    }

    /// Returns the directory for media of running turns. A server deletes its content at the start.
    pub fn media_dir(&self) -> PathBuf {
        self.sibling(".media")
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::sqlite("waxwing.db")
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(
    database: &Database,
    graph_host: Option<&str>,
    metrics: Option<&Metrics>,
) -> Result<SqliteStore, Error> {
    let options = graph_host.map_or_else(SqliteOptions::any_graph_host, SqliteOptions::new);
    let options = match metrics {
        Some(metrics) => options.observer(Arc::new(StoreTimes(metrics.clone()))),
        None => options,
    };
    Ok(SqliteStore::open(&database.path, options.storage_keys(database.keys.clone())).await?)
}

#[cfg(feature = "sqlite")]
async fn open(
    database: &Database,
    graph_host: Option<&str>,
    metrics: Option<&Metrics>,
) -> Result<Arc<dyn Store>, Error> {
    Ok(Arc::new(sqlite(database, graph_host, metrics).await?))
}

#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "the variant with the feature waits for the disk")]
async fn open(
    _database: &Database,
    _graph_host: Option<&str>,
    _metrics: Option<&Metrics>,
) -> Result<Arc<dyn Store>, Error> {
    Err(ConfigError::new("this build has no SQLite store: enable the feature `sqlite`, or pass a store").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        match (Database::parse(url), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, Database::sqlite(expected)),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn urls() {
        check("sqlite://waxwing.db", Ok("waxwing.db"));
        check("sqlite:///var/lib/waxwing.db", Ok("/var/lib/waxwing.db"));
        check("sqlite:waxwing.db", Ok("waxwing.db"));
        check("sqlite://", Err("path is missing"));
        check("postgres://u:secret@h/d", Err("no PostgreSQL"));
        check("waxwing.db", Err("sqlite://PATH"));
        assert!(!Database::parse("postgres://u:secret@h/d").unwrap_err().to_string().contains("secret"));
        assert_eq!(Database::sqlite("a/w.db").media_dir(), Path::new("a/w.db.media"));
    }
}
