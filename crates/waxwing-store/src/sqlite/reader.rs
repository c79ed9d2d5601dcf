//! Read-only connection, which does not wait for the writer.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::content::ContentConnection;
use super::fault::Fault;
use super::health::Health;
use super::stopwatch::Stopwatch;
use crate::{Error, StoreFault, StoreOperation};

/// Executor of reads. The write-ahead log shows the connection all committed data.
#[derive(Debug)]
pub(super) struct Reader {
    slot: Arc<ReaderSlot>,
    health: Arc<Health>,
    /// Limits reads to one at a time, so that waiting reads do not block threads.
    permit: Semaphore,
    stopwatch: Stopwatch,
}

/// Place of the read-only connection, which the writer replaces when it opens the database again.
#[derive(Debug, Default)]
pub(super) struct ReaderSlot(Mutex<ReaderState>);

#[derive(Debug, Default)]
enum ReaderState {
    Open(ContentConnection),
    /// The database is not open at the moment.
    #[default]
    Away,
    /// The store is closed.
    Closed,
}

impl ReaderSlot {
    /// Replaces the connection, unless the store is closed. Waits for a read in progress.
    pub(super) fn set(&self, conn: Option<ContentConnection>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*state, ReaderState::Closed) {
            *state = conn.map_or(ReaderState::Away, ReaderState::Open);
        }
    }

    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ReaderState::Closed;
    }
}

impl Reader {
    /// Creates a reader with the connection in `slot`. Reads latch the faults that they find.
    pub(super) fn new(slot: Arc<ReaderSlot>, health: Arc<Health>, stopwatch: Stopwatch) -> Self {
        Self { slot, health, permit: Semaphore::new(1), stopwatch }
    }

    /// Runs `op` on a blocking thread.
    pub(super) async fn run<T, F>(&self, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&ContentConnection) -> Result<T, Fault> + Send + 'static,
    {
        let _timing = self.stopwatch.start(StoreOperation::Read);
        let _permit = self.permit.acquire().await.map_err(|_| Error::Closed)?;
        let (slot, health) = (Arc::clone(&self.slot), Arc::clone(&self.health));
        let reading = tokio::task::spawn_blocking(move || {
            // A read that panicked has changed nothing.
            let state = slot.0.lock().unwrap_or_else(PoisonError::into_inner);
            let conn = match &*state {
                ReaderState::Open(conn) => conn,
                ReaderState::Away => {
                    return Err(Fault::Refused(Error::Faulted(health.fault().unwrap_or(StoreFault::Write))));
                }
                ReaderState::Closed => return Err(Fault::Refused(Error::Closed)),
            };
            op(conn).inspect_err(|fault| {
                if let Some(storage) = fault.storage() {
                    health.latch(storage, fault);
                }
            })
        });
        reading.await.map_err(|error| Error::Database(Box::new(error)))?.map_err(Error::from)
    }

    /// Closes the connection.
    pub(super) async fn close(&self) {
        let slot = Arc::clone(&self.slot);
        let closing = tokio::task::spawn_blocking(move || slot.close());
        // Fails only if the runtime is shutting down, which drops the connection.
        let _ = closing.await;
    }
}
