//! Open database with the context of its operations.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::broadcast;

use super::compaction;
use super::events::Events;
use super::fault::Fault;
use super::tx::{RollbackScope, Tx};
use crate::{Clock, DeliveryEvent, Error, Timestamp};

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) conn: Connection,
    pub(super) clock: Arc<dyn Clock>,
    /// Prefix of the tokens of attempts.
    pub(super) namespace: String,
    /// Time of the last webhook in this process.
    last_webhook: Cell<Option<Timestamp>>,
    /// Whether a compaction follows the transaction.
    compaction: Cell<bool>,
    events: Events,
}

impl Database {
    /// Creates a database on a connection. Delivery events go to the receivers of `subscribers`.
    pub(super) fn new(
        conn: Connection,
        clock: Arc<dyn Clock>,
        namespace: String,
        subscribers: broadcast::Sender<DeliveryEvent>,
    ) -> Self {
        let events = Events::new(subscribers);
        Self { conn, clock, namespace, last_webhook: Cell::default(), compaction: Cell::default(), events }
    }

    /// Runs one operation of a transaction. The operation takes effect completely or not at all. After [`Fault::NeedsSavepoint`] the transaction
    /// must be rolled back.
    pub(super) fn run<T>(
        &self,
        scope: RollbackScope,
        op: impl FnOnce(&Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        scope.run(&self.conn, &self.events, || op(&self.tx(scope)))
    }

    fn tx(&self, scope: RollbackScope) -> Tx<'_> {
        let Self { conn, clock, namespace, last_webhook, compaction, events } = self;
        Tx { conn, now: clock.now(), namespace, last_webhook, compaction, events, scope }
    }

    /// Runs operations in one transaction, which is on disk when this returns `Ok`. On an error nothing is written.
    ///
    /// The first run uses no savepoints. If an operation fails after a write, the transaction is rolled back and all operations run again, each
    /// in a savepoint, so that the failure affects no other operation.
    pub(super) fn transaction(&self, mut ops: impl FnMut(RollbackScope) -> Result<(), Fault>) -> Result<(), Fault> {
        match self.attempt(|| ops(RollbackScope::Transaction)) {
            Err(Fault::NeedsSavepoint) => self.attempt(|| ops(RollbackScope::Savepoint))?,
            result => result?,
        }
        if self.compaction.take()
            && let Err(fault) = compaction::run(&self.conn)
        {
            let error = Error::from(fault);
            tracing::error!(error = &error as &dyn std::error::Error, "database compaction failed");
        }
        Ok(())
    }

    fn attempt(&self, ops: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let result = ops().and_then(|()| Ok(self.conn.prepare_cached("COMMIT")?.execute(())?));
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "transaction rollback failed");
        }
        match result {
            Ok(_) => self.events.publish(),
            Err(_) => self.events.truncate(0),
        }
        result.map(|_| ())
    }
}
