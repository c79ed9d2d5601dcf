//! An open database, and what operations on it need beside the connection.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::broadcast;

use super::compaction;
use super::events::Events;
use super::fault::Fault;
use super::tx::{Footing, Tx};
use crate::{Clock, DeliveryEvent, Error, Timestamp};

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) conn: Connection,
    pub(super) clock: Arc<dyn Clock>,
    /// What the tokens of its attempts begin with.
    pub(super) namespace: String,
    /// When a webhook came in last, in this process.
    heard: Cell<Option<Timestamp>>,
    /// Whether the file is to be written anew.
    compaction: Cell<bool>,
    events: Events,
}

impl Database {
    /// Takes a connection over. What happens to messages is told to the listeners of `deliveries`.
    pub(super) fn new(
        conn: Connection,
        clock: Arc<dyn Clock>,
        namespace: String,
        deliveries: broadcast::Sender<DeliveryEvent>,
    ) -> Self {
        Self {
            conn,
            clock,
            namespace,
            heard: Cell::default(),
            compaction: Cell::default(),
            events: Events::new(deliveries),
        }
    }

    /// Runs one operation of a transaction: it takes effect as a whole or not at all. With [`Fault::Entangled`] the transaction cannot go on.
    pub(super) fn run<T>(&self, footing: Footing, op: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        footing.run(&self.conn, &self.events, || op(&self.tx(footing)))
    }

    fn tx(&self, footing: Footing) -> Tx<'_> {
        let Self { conn, clock, namespace, heard, compaction, events } = self;
        Tx { conn, now: clock.now(), namespace, heard, compaction, events, footing }
    }

    /// Runs operations in one transaction, which is on disk on return; on an error, nothing of them is.
    ///
    /// They run together first. If one of them fails after it has written something, all are taken back and run once more, each apart, so
    /// that nobody pays for it.
    pub(super) fn transaction(&self, mut ops: impl FnMut(Footing) -> Result<(), Fault>) -> Result<(), Fault> {
        match self.attempt(|| ops(Footing::Together)) {
            Err(Fault::Entangled) => self.attempt(|| ops(Footing::Apart))?,
            result => result?,
        }
        if self.compaction.take()
            && let Err(fault) = compaction::run(&self.conn)
        {
            let error = Error::from(fault);
            tracing::error!(error = &error as &dyn std::error::Error, "the database could not be written anew");
        }
        Ok(())
    }

    fn attempt(&self, ops: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
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
