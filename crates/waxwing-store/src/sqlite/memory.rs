//! A database in memory, for tests: operations run at once, on the thread of whoever asks for them.
//!
//! There is no thread and nothing to wait for, so a test whose time is paused stays in command of the order in which things happen. The
//! operations, the tables and the transactions are those of the file.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::fault::Fault;
use super::tx::{Tx, savepoint};
use crate::{Clock, Error};

/// A database that is gone when it is closed.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Option<Inside>>);

/// What a database in memory is made of.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) conn: Connection,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) namespace: String,
}

impl Memory {
    pub(super) fn new(inside: Inside) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(inside))))
    }

    /// Takes the database away from whoever still holds it; their operations fail as those on a closed store do.
    pub(super) fn take(&self) -> Option<Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn write<T>(&self, op: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Error> {
        self.inside(|Inside { conn, clock, namespace }| {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            let result = savepoint(conn, || op(&Tx { conn, now: clock.now(), namespace }));
            conn.prepare_cached("COMMIT")?.execute(())?;
            result
        })
    }

    pub(super) fn read<T>(&self, op: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Error> {
        self.inside(|inside| op(&inside.conn))
    }

    fn inside<T>(&self, op: impl FnOnce(&Inside) -> Result<T, Fault>) -> Result<T, Error> {
        let inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        op(inside.as_ref().ok_or(Error::Closed)?).map_err(Error::from)
    }
}
