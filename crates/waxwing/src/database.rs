//! From a database URL to an open store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "sqlite")]
use waxwing_store::SqliteOptions;
use waxwing_store::Store;

use crate::error::{ConfigError, Error};

/// A database that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
}

impl Database {
    /// Understands `sqlite://PATH`.
    ///
    /// # Errors
    ///
    /// Says what to write instead. Never shows the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |reason: &str| ConfigError::new(format!("DATABASE_URL (storage.database_url) is wrong: {reason}"));
        let (scheme, rest) = url.split_once(':').ok_or_else(|| wrong("write sqlite://PATH"))?;
        match scheme {
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Err(wrong("the path is missing: write sqlite://PATH")),
                path => Ok(Self::Sqlite(path.into())),
            },
            "postgres" | "postgresql" => Err(wrong("this version has no PostgreSQL store yet: write sqlite://PATH")),
            _ => Err(wrong("write sqlite://PATH")),
        }
    }

    /// True if there is something to open.
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
        }
    }

    /// Opens it, or makes it, for the messages of one Graph host.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn open(&self, graph_host: &str) -> Result<Arc<dyn Store>, Error> {
        match self {
            Self::Sqlite(path) => sqlite(path, Some(graph_host)).await,
        }
    }

    /// Opens it for maintenance: nothing is sent, so its Graph host does not matter.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn open_for_maintenance(&self) -> Result<Arc<dyn Store>, Error> {
        match self {
            Self::Sqlite(path) => sqlite(path, None).await,
        }
    }

    /// A path beside the database: its own, with `suffix` behind it.
    pub fn beside(&self, suffix: &str) -> PathBuf {
        let Self::Sqlite(path) = self;
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    }

    /// A directory for media that are being worked on. What is in it while no server runs was left by one that was killed.
    pub fn media_dir(&self) -> PathBuf {
        self.beside(".media")
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::Sqlite("waxwing.db".into())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(path: &Path, graph_host: Option<&str>) -> Result<Arc<dyn Store>, Error> {
    let options = graph_host.map_or_else(SqliteOptions::any_graph_host, SqliteOptions::new);
    Ok(Arc::new(waxwing_store::SqliteStore::open(path, options).await?))
}

#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "its twin with the feature waits for the disk")]
async fn sqlite(_path: &Path, _graph_host: Option<&str>) -> Result<Arc<dyn Store>, Error> {
    Err(ConfigError::new("this build has no SQLite store: switch the feature `sqlite` on, or hand a store over").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        match (Database::parse(url), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, Database::Sqlite(expected.into())),
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
        assert_eq!(Database::Sqlite("a/w.db".into()).media_dir(), Path::new("a/w.db.media"));
    }
}
