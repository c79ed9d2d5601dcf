//! Failures inside an operation, before they become an [`Error`] for the caller.

use std::fmt;

use rusqlite::ErrorCode;

use crate::Error;

/// A failed operation.
#[derive(Debug)]
pub(super) enum Fault {
    /// The request of the caller cannot be carried out.
    Refused(Error),
    /// A statement failed.
    Sql(rusqlite::Error),
    /// A stored value cannot be parsed, or a value cannot be serialized.
    Value(serde_json::Error),
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
            Self::Value(_) | Self::Panicked => true,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(code) => {
                    matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
                }
                None => true,
            },
            Self::Refused(_) | Self::NeedsSavepoint | Self::Lost(_) => false,
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

/// Creates the error for a column with an unknown name of a state.
pub(super) fn unknown_name(column: usize, name: &str) -> rusqlite::Error {
    let error = format!("unknown name: {name}").into();
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
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
            Fault::Lost(fault) => (*fault).into(),
            Fault::Value(error) => Self::Database(Box::new(error)),
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
