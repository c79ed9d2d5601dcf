//! What can go wrong inside an operation, before it becomes an [`Error`] for the caller.

use std::fmt;

use rusqlite::ErrorCode;

use crate::Error;

/// Why an operation failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The caller asked for something that cannot be done, and is told so.
    Refused(Error),
    /// SQLite refused a statement.
    Sql(rusqlite::Error),
    /// A stored value is not what it should be.
    Value(serde_json::Error),
    /// The operation panicked.
    Panicked,
    /// It had written something, which cannot be taken back without what other operations wrote: to be done again with each of them apart.
    Entangled,
    /// The transaction is gone, with everything that other operations wrote in it.
    Lost(Box<Fault>),
}

impl Fault {
    /// True if what was to be written is at fault, so that writing less of it may succeed; false if the disk, the file or the
    /// machine is.
    pub(super) fn is_about_data(&self) -> bool {
        match self {
            Self::Value(_) | Self::Panicked => true,
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(code) => {
                    matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
                }
                None => true,
            },
            Self::Refused(_) | Self::Entangled | Self::Lost(_) => false,
        }
    }

    /// The same, and the transaction is gone.
    pub(super) fn lost(self) -> Self {
        match self {
            Self::Lost(_) => self,
            fault => Self::Lost(Box::new(fault)),
        }
    }
}

/// What is wrong with a column that should hold one of a few words.
pub(super) fn unknown_word(at: usize, word: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, format!("unknown word: {word}").into())
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
            Fault::Entangled => Self::Database(Box::new(Unfinished("failed beside others"))),
        }
    }
}

/// The source of the error that a caller gets whose operation did not come to its end.
#[derive(Debug)]
struct Unfinished(&'static str);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operation {} and was rolled back", self.0)
    }
}

impl std::error::Error for Unfinished {}
