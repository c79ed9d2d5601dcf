//! Read-only connection, which does not wait for the writer.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::fault::Fault;
use crate::Error;

/// A read-only connection. The write-ahead log shows it all committed data.
#[derive(Debug)]
pub(super) struct Reader {
    conn: Arc<Mutex<Option<Connection>>>,
    /// Limits reads to one at a time, so that waiting reads do not block threads.
    permit: Semaphore,
}

impl Reader {
    pub(super) fn new(conn: Connection) -> Result<Self, Error> {
        conn.pragma_update(None, "query_only", true).map_err(Fault::from)?;
        Ok(Self { conn: Arc::new(Mutex::new(Some(conn))), permit: Semaphore::new(1) })
    }

    /// Runs `op` on a blocking thread.
    pub(super) async fn run<T, F>(&self, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let _permit = self.permit.acquire().await.map_err(|_| Error::Closed)?;
        let conn = Arc::clone(&self.conn);
        let reading = tokio::task::spawn_blocking(move || {
            // A read that panicked has changed nothing.
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
        // Fails only if the runtime is shutting down, which drops the connection.
        let _ = closing.await;
    }
}
