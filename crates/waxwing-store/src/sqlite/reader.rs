//! Reads that need not wait for the writer: the write-ahead log lets them see what was committed.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::fault::Fault;
use crate::Error;

/// A connection that cannot write.
#[derive(Debug)]
pub(super) struct Reader {
    conn: Arc<Mutex<Option<Connection>>>,
    /// One read at a time: those that wait should not each keep a thread waiting.
    place: Semaphore,
}

impl Reader {
    pub(super) fn new(conn: Connection) -> Result<Self, Error> {
        conn.pragma_update(None, "query_only", true).map_err(Fault::from)?;
        Ok(Self { conn: Arc::new(Mutex::new(Some(conn))), place: Semaphore::new(1) })
    }

    /// Runs `op` on a thread that may block.
    pub(super) async fn run<T, F>(&self, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let _place = self.place.acquire().await.map_err(|_| Error::Closed)?;
        let conn = Arc::clone(&self.conn);
        let reading = tokio::task::spawn_blocking(move || {
            // A read that panicked left nothing half done.
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            op(conn.as_ref().ok_or(Fault::Refused(Error::Closed))?)
        });
        reading.await.map_err(|error| Error::Database(Box::new(error)))?.map_err(Error::from)
    }

    /// Closes the connection.
    pub(super) async fn close(&self) {
        let conn = Arc::clone(&self.conn);
        let closing =
            tokio::task::spawn_blocking(move || drop(conn.lock().unwrap_or_else(PoisonError::into_inner).take()));
        // Fails only if the runtime is going away, and the connection with it.
        let _ = closing.await;
    }
}
