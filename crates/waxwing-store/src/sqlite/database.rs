//! Open database with the context of its operations.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::compaction;
use super::content::ContentConnection;
use super::events::{EventChannels, EventCounts, Events};
use super::fault::Fault;
use super::options::SqliteOptions;
use super::tables::meta;
use super::tx::{RollbackScope, Tx};
use crate::Timestamp;

/// Key in `meta` of test writes.
const TEST_WRITE: &str = "test_write";

/// Size of a large test write in bytes: more than the commits of a busy second.
const LARGE_WRITE: usize = 256 * 1024;

/// How long a commit proves that the database accepts writes.
const PROOF_LIFETIME: Duration = Duration::from_secs(1);

/// Makes a test write, unless another write was committed just now.
pub(super) fn check_health(tx: &Tx<'_>) -> Result<(), Fault> {
    if tx.last_write.is_some_and(|at| at.elapsed() < PROOF_LIFETIME) {
        return Ok(());
    }
    meta::set(tx.conn, TEST_WRITE, &tx.now.as_millis().to_string())
}

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) conn: ContentConnection,
    pub(super) options: SqliteOptions,
    /// Prefix of the tokens of attempts.
    pub(super) namespace: String,
    /// Time of the last webhook in this process.
    last_webhook: Cell<Option<Timestamp>>,
    /// Time of the last commit that wrote something.
    last_write: Cell<Option<Instant>>,
    /// Whether a compaction follows the transaction.
    compaction: Cell<bool>,
    events: Events,
}

impl Database {
    /// Creates a database on a connection. Events go to the receivers of `channels`.
    pub(super) fn new(
        conn: ContentConnection,
        options: SqliteOptions,
        namespace: String,
        channels: EventChannels,
    ) -> Self {
        let events = Events::new(channels);
        let (last_webhook, last_write, compaction) = (Cell::default(), Cell::default(), Cell::default());
        Self { conn, options, namespace, last_webhook, last_write, compaction, events }
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
        let Self { conn, options, namespace, last_webhook, last_write, compaction, events } = self;
        Tx {
            conn,
            now: options.clock.now(),
            namespace,
            last_webhook,
            last_write: last_write.get(),
            compaction,
            events,
            scope,
        }
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
        if self.compaction.take() {
            compaction::run_or_log(&self.conn);
        }
        Ok(())
    }

    /// Runs one operation in a transaction of its own, which is on disk when this returns `Ok`.
    pub(super) fn operate<T>(&self, op: impl Fn(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut result = Err(Fault::Panicked);
        self.transaction(|scope| {
            result = self.run(scope, &op);
            if matches!(result, Err(Fault::NeedsSavepoint)) { Err(Fault::NeedsSavepoint) } else { Ok(()) }
        })?;
        result
    }

    /// Commits a write that changes nothing of interest. A large one also takes pages from the disk.
    pub(super) fn test_write(&self, is_large: bool) -> Result<(), Fault> {
        #[cfg(any(test, feature = "test-util"))]
        self.options.limit_pages(&self.conn)?;
        if is_large {
            meta::set(&self.conn, TEST_WRITE, &"0".repeat(LARGE_WRITE))?;
        }
        meta::set(&self.conn, TEST_WRITE, &self.options.clock.now().as_millis().to_string())
    }

    fn attempt(&self, ops: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
        let changes = self.conn.total_changes();
        #[cfg(any(test, feature = "test-util"))]
        self.options.limit_pages(&self.conn)?;
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let result = ops().and_then(|()| Ok(self.conn.prepare_cached("COMMIT")?.execute(())?));
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "transaction rollback failed");
        }
        match result {
            Ok(_) => {
                if self.conn.total_changes() != changes {
                    self.last_write.set(Some(Instant::now()));
                }
                self.events.publish();
            }
            Err(_) => self.events.truncate(EventCounts::default()),
        }
        result.map(|_| ())
    }
}
