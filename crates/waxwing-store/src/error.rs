//! What can go wrong in a store.

use std::error::Error as StdError;
use std::fmt;

/// A store could not do what it was asked.
///
/// `Display` never holds message text, ids of people or secrets; the database's own words are in `source()`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else holds the conversation now: nothing was written, and the run that asked must stop.
    LeaseLost,
    /// Another process has the database open.
    InUse {
        /// The database, as it was configured, without credentials.
        database: String,
    },
    /// The database was made for another Graph host, so its messages must not be sent through this one.
    GraphHostMismatch {
        /// The host that the database was made for.
        stored: String,
        /// The host that was configured.
        configured: String,
    },
    /// The database was written by a newer version that this one cannot read.
    SchemaTooNew {
        /// The schema version found.
        found: u32,
        /// The newest schema version that this program knows.
        known: u32,
    },
    /// What was asked for does not exist.
    NotFound,
    /// The row is not in a state in which this can be done.
    WrongState {
        /// The state that it is in.
        state: &'static str,
    },
    /// The store is closed, or its writer has stopped.
    Closed,
    /// The database failed.
    Database(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeaseLost => f.write_str("the lease on the conversation was lost"),
            Self::InUse { database } => write!(f, "the database {database} is in use by another process"),
            Self::GraphHostMismatch { stored, configured } => write!(
                f,
                "the database was made for the Graph host {stored} and refuses {configured}; use another database for another host"
            ),
            Self::SchemaTooNew { found, known } => {
                write!(
                    f,
                    "the database has schema version {found}, this program knows {known} at most; use a newer program"
                )
            }
            Self::NotFound => f.write_str("no such row"),
            Self::WrongState { state } => write!(f, "not possible while the row is {state}"),
            Self::Closed => f.write_str("the store is closed"),
            Self::Database(_) => f.write_str("the database failed"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Database(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}
