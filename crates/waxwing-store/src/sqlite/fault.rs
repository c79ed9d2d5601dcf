//! Failures inside an operation, before they become an [`Error`] for the caller.

use std::fmt;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_SHMSIZE, SQLITE_READONLY_DBMOVED};

use super::file_watch::FileDamage;
use crate::vault::VaultError;
use crate::{Error, StoreFault};

/// A failed operation.
#[derive(Debug)]
pub(super) enum Fault {
    /// The request of the caller cannot be carried out.
    Refused(Error),
    /// A statement failed.
    Sql(rusqlite::Error),
    /// A stored value cannot be parsed, or a value cannot be serialized.
    Value(serde_json::Error),
    /// Stored content cannot be opened, or content cannot be sealed.
    Content(VaultError),
    /// The files of the database are damaged.
    Files(FileDamage),
    /// The operation panicked.
    Panicked,
    /// The operation failed after a write, outside of a savepoint. The transaction must be rolled back and repeated with savepoints.
    NeedsSavepoint,
    /// The transaction was rolled back, with the writes of all its operations.
    Lost(Box<Fault>),
}

impl Fault {
    /// Tells whether the data caused the failure, so that an operation with less data may succeed. Failures of the disk or the file are not about
    /// data.
    pub(super) fn is_about_data(&self) -> bool {
        match self {
            Self::Value(_) | Self::Content(_) | Self::Panicked => true,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(code) => {
                    matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
                }
                None => true,
            },
            Self::Refused(_) | Self::Files(_) | Self::NeedsSavepoint | Self::Lost(_) => false,
        }
    }

    /// Returns the fault of the store that caused the failure; `None` if the store works.
    pub(super) fn storage(&self) -> Option<StoreFault> {
        match self {
            Self::Sql(error) => storage_fault(error),
            Self::Files(_) => Some(StoreFault::Integrity),
            Self::Lost(fault) => fault.storage(),
            Self::Refused(error @ (Error::Faulted(_) | Error::Corrupt { .. })) => Some(error.fault()),
            Self::Refused(_) | Self::Value(_) | Self::Content(_) | Self::Panicked | Self::NeedsSavepoint => None,
        }
    }

    /// Marks that the transaction was rolled back.
    pub(super) fn lost(self) -> Self {
        match self {
            Self::Lost(_) => self,
            fault => Self::Lost(Box::new(fault)),
        }
    }
}

fn storage_fault(error: &rusqlite::Error) -> Option<StoreFault> {
    let error = error.sqlite_error()?;
    match (error.code, error.extended_code) {
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (_, SQLITE_READONLY_DBMOVED | SQLITE_IOERR_CORRUPTFS) => Some(StoreFault::Integrity),
        // On a full disk, SQLite cannot extend its shared memory.
        (ErrorCode::DiskFull, _) | (_, SQLITE_IOERR_SHMSIZE) => Some(StoreFault::Disk),
        (ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly, _) => Some(StoreFault::Write),
        _ => None,
    }
}

/// Creates the error for a column with an unknown name of a state.
pub(super) fn unknown_name(column: usize, name: &str) -> rusqlite::Error {
    let error = format!("unknown name: {name}").into();
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Error::Corrupt { source, .. }) => source.fmt(f),
            Self::Refused(error) => error.fmt(f),
            Self::Sql(error) => error.fmt(f),
            Self::Value(error) => error.fmt(f),
            Self::Content(error) => error.fmt(f),
            Self::Files(damage) => damage.fmt(f),
            Self::Panicked | Self::NeedsSavepoint => f.write_str("the operation did not complete"),
            Self::Lost(fault) => fault.fmt(f),
        }
    }
}

impl From<FileDamage> for Fault {
    fn from(damage: FileDamage) -> Self {
        Self::Files(damage)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        // The method of a row that reads a column returns an error of SQLite.
        if let rusqlite::Error::FromSqlConversionFailure(column, kind, source) = error {
            return match source.downcast::<VaultError>() {
                Ok(error) => Self::Content(*error),
                Err(source) => Self::Sql(rusqlite::Error::FromSqlConversionFailure(column, kind, source)),
            };
        }
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Value(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Sql(error) => Self::Database(Box::new(error)),
            Fault::Files(_) => Self::Faulted(StoreFault::Integrity),
            Fault::Lost(fault) => (*fault).into(),
            Fault::Value(error) => Self::Database(Box::new(error)),
            Fault::Content(error) => Self::Database(Box::new(error)),
            Fault::Panicked => Self::Database(Box::new(Unfinished("panicked"))),
            Fault::NeedsSavepoint => Self::Database(Box::new(Unfinished("failed after a write"))),
        }
    }
}

/// Source of the error of an operation that did not complete.
#[derive(Debug)]
struct Unfinished(&'static str);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operation {} and was rolled back", self.0)
    }
}

impl std::error::Error for Unfinished {}
