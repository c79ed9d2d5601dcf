//! Errors of a store.

use std::error::Error as StdError;
use std::fmt;

use crate::store_fault::StoreFault;

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
    /// Content of the database is sealed, and its storage key is not set.
    StorageKeyMissing {
        /// Id of the storage key that is needed.
        needed: String,
        /// Id of the current storage key, if one is set.
        current: Option<String>,
    },
    /// The requested row does not exist.
    NotFound,
    /// The state of the row does not allow the operation.
    WrongState {
        /// State of the row.
        state: &'static str,
    },
    /// The idempotency key came with another request before.
    IdempotencyConflict,
    /// A message of a campaign, which is sent at most once, cannot be requeued.
    AtMostOnce,
    /// Too many messages of the conversation wait to be sent.
    QueueFull,
    /// A limit of campaigns or scheduled messages is reached.
    LimitReached {
        /// Description of the limit.
        limit: &'static str,
    },
    /// The service window is closed: the user has not written within 24 hours, so that Meta accepts only templates.
    WindowClosed,
    /// The database is corrupt.
    Corrupt {
        /// The database as configured, without credentials.
        database: String,
        /// Result of the check of its structure.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The store has latched a fault, which it has logged, and refuses writes until it has recovered. Nothing was written.
    Faulted(StoreFault),
    /// The store is closed, or its writer thread has stopped.
    Closed,
    /// The database failed.
    Database(Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// Returns whether the same call may succeed later: the database failed, or the store has latched a fault.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database(_) | Self::Faulted(_))
    }

    /// Returns the fault that a health check reports for this error.
    pub fn fault(&self) -> StoreFault {
        match self {
            Self::Faulted(fault) => *fault,
            Self::Corrupt { .. } => StoreFault::Integrity,
            _ => StoreFault::Write,
        }
    }
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
            Self::StorageKeyMissing { needed, current: None } => write!(
                f,
                "content of the database is sealed with the storage key {needed}, and none is set; set WAXWING_STORAGE_KEY or WAXWING_STORAGE_KEY_FILE"
            ),
            Self::StorageKeyMissing { needed, current: Some(current) } => write!(
                f,
                "content of the database is sealed with the storage key {needed}, but the current one is {current}; set the right key, or add \
                 the earlier one to WAXWING_STORAGE_PREVIOUS_KEYS"
            ),
            Self::NotFound => f.write_str("row not found"),
            Self::IdempotencyConflict => f.write_str("the idempotency key was used for another request; use a new key"),
            Self::AtMostOnce => {
                f.write_str("a message of a campaign is sent at most once; send the user another message instead")
            }
            Self::LimitReached { limit } => write!(f, "limit reached: {limit}"),
            Self::QueueFull => f.write_str("too many messages of the conversation wait to be sent; try again later"),
            Self::WindowClosed => f.write_str(
                "the customer service window is closed: the user has not written within 24 hours; send a template",
            ),
            Self::WrongState { state } => write!(f, "operation not allowed in state {state}"),
            Self::Corrupt { database, .. } => write!(
                f,
                "database {database} is corrupt; restore a backup, or copy what is left with `sqlite3 {database} .recover`"
            ),
            Self::Faulted(fault) => write!(f, "the store refuses writes: {fault}"),
            Self::Closed => f.write_str("the store is closed"),
            Self::Database(_) => f.write_str("database operation failed"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Database(source) | Self::Corrupt { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
