//! Errors of a store.

use std::error::Error as StdError;
use std::fmt;

/// A failed operation of a store.
///
/// `Display` output contains no message text, no ids of users and no secrets. The error of the database is in `source()`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The lease is no longer held. Nothing was written; the holder must stop its work.
    LeaseLost,
    /// Another process has opened the database.
    InUse {
        /// The database as configured, without credentials.
        database: String,
    },
    /// The database belongs to another Graph host. Sending its messages through this host is refused.
    GraphHostMismatch {
        /// Graph host of the database.
        stored: String,
        /// Configured Graph host.
        configured: String,
    },
    /// A newer version of the program wrote the database.
    SchemaTooNew {
        /// Schema version of the database.
        found: u32,
        /// Highest schema version that this program supports.
        known: u32,
    },
    /// The requested row does not exist.
    NotFound,
    /// The state of the row does not allow the operation.
    WrongState {
        /// State of the row.
        state: &'static str,
    },
    /// The store is closed, or its writer thread has stopped.
    Closed,
    /// The database failed.
    Database(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeaseLost => f.write_str("the lease is no longer held"),
            Self::InUse { database } => {
                write!(f, "database {database} is in use by another process; stop that process")
            }
            Self::GraphHostMismatch { stored, configured } => write!(
                f,
                "database belongs to the Graph host {stored}, but {configured} is configured; use another database for each Graph host"
            ),
            Self::SchemaTooNew { found, known } => write!(
                f,
                "database has schema version {found}, but this program supports versions up to {known}; upgrade the program"
            ),
            Self::NotFound => f.write_str("row not found"),
            Self::WrongState { state } => write!(f, "operation not allowed in state {state}"),
            Self::Closed => f.write_str("the store is closed"),
            Self::Database(_) => f.write_str("database operation failed"),
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
