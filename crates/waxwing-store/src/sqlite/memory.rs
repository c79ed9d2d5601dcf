//! A database in memory, for tests: operations run at once, on the thread of whoever asks for them.
//!
//! There is no thread and nothing to wait for, so a test whose time is paused stays in command of the order in which things happen. The
//! operations, the tables and the transactions are those of the file.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::database::Database;
use super::fault::Fault;
use super::tx::Tx;
use crate::Error;

/// A database that is gone when it is closed.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Option<Database>>);

impl Memory {
    pub(super) fn new(database: Database) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(database))))
    }

    /// Takes the database away from whoever still holds it; their operations fail as those on a closed store do.
    pub(super) fn take(&self) -> Option<Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn write<T>(&self, op: impl Fn(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Error> {
        self.inside(|database| {
            let mut result = Err(Fault::Panicked);
            database.transaction(|footing| {
                result = database.run(footing, &op);
                if matches!(result, Err(Fault::Entangled)) { Err(Fault::Entangled) } else { Ok(()) }
            })?;
            result
        })
    }

    pub(super) fn read<T>(&self, op: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Error> {
        self.inside(|database| op(&database.conn))
    }

    fn inside<T>(&self, op: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, Error> {
        let database = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        op(database.as_ref().ok_or(Error::Closed)?).map_err(Error::from)
    }
}
