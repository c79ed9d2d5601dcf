//! An open database, and what operations on it need beside the connection.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::broadcast;

use super::events::Events;
use super::fault::Fault;
use super::tx::{Tx, savepoint};
use crate::{Clock, Delivery, Timestamp};

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) conn: Connection,
    pub(super) clock: Arc<dyn Clock>,
    /// What the tokens of its attempts begin with.
    pub(super) namespace: String,
    /// When a webhook came in last, in this process.
    heard: Cell<Option<Timestamp>>,
    events: Events,
}

impl Database {
    /// Takes a connection over. What happens to messages is told to the listeners of `deliveries`.
    pub(super) fn new(
        conn: Connection,
        clock: Arc<dyn Clock>,
        namespace: String,
        deliveries: broadcast::Sender<Delivery>,
    ) -> Self {
        Self { conn, clock, namespace, heard: Cell::default(), events: Events::new(deliveries) }
    }

    /// Runs one operation of a transaction: it takes effect as a whole or not at all.
    pub(super) fn run<T>(&self, op: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        savepoint(&self.conn, &self.events, || op(&self.tx()))
    }

    fn tx(&self) -> Tx<'_> {
        let Self { conn, clock, namespace, heard, events } = self;
        Tx { conn, now: clock.now(), namespace, heard, events }
    }

    /// Runs operations in one transaction, which is on disk on return; on an error, nothing of them is.
    pub(super) fn transaction(&self, ops: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let result = ops().and_then(|()| Ok(self.conn.prepare_cached("COMMIT")?.execute(())?));
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "could not roll a failed transaction back");
        }
        match result {
            Ok(_) => self.events.publish(),
            Err(_) => self.events.take_back(0),
        }
        result.map(|_| ())
    }
}
