//! In-memory database for tests. Operations run on the thread of the caller.
//!
//! Without other threads, a test with paused time controls the order of all events. Operations, tables and transactions are those of a file.

use std::sync::{Arc, Mutex, PoisonError};

use super::content::ContentConnection;
use super::database::Database;
use super::fault::Fault;
use super::tx::Tx;
use crate::Error;

/// A database that is dropped when it is closed.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Option<Database>>);

impl Memory {
    pub(super) fn new(database: Database) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(database))))
    }

    /// Takes the database. Later operations fail with [`Error::Closed`].
    pub(super) fn take(&self) -> Option<Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn write<T>(&self, op: impl Fn(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Error> {
        self.with_database(|database| database.operate(op))
    }

    pub(super) fn read<T>(&self, op: impl FnOnce(&ContentConnection) -> Result<T, Fault>) -> Result<T, Error> {
        self.with_database(|database| op(&database.conn))
    }

    fn with_database<T>(&self, op: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, Error> {
        let database = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        op(database.as_ref().ok_or(Error::Closed)?).map_err(Error::from)
    }
}
