//! Execution of operations: on threads of their own for a file, on the caller's thread for an in-memory database.

#[cfg(any(test, feature = "test-util"))]
use std::sync::Arc;

use super::content::ContentConnection;
use super::fault::Fault;
#[cfg(any(test, feature = "test-util"))]
use super::memory::Memory;
use super::reader::Reader;
use super::tx::Tx;
use super::writer::{Priority, Writer};
use crate::Error;

/// Executor of operations that write.
#[derive(Debug)]
pub(super) enum WriteAccess {
    /// A thread for writes.
    Thread(Writer),
    /// The thread of the caller.
    #[cfg(any(test, feature = "test-util"))]
    Caller(Arc<Memory>),
}

/// Executor of operations that only read.
#[derive(Debug)]
pub(super) enum ReadAccess {
    /// A blocking thread.
    Thread(Reader),
    /// The thread of the caller.
    #[cfg(any(test, feature = "test-util"))]
    Caller(Arc<Memory>),
}

impl WriteAccess {
    pub(super) async fn run<T, F>(&self, priority: Priority, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        match self {
            Self::Thread(writer) => writer.run(priority, op).await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Caller(memory) => memory.write(op),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Thread(writer) => writer.close().await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Caller(memory) => drop(memory.take()),
        }
    }
}

impl ReadAccess {
    pub(super) async fn run<T, F>(&self, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&ContentConnection) -> Result<T, Fault> + Send + 'static,
    {
        match self {
            Self::Thread(reader) => reader.run(op).await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Caller(memory) => memory.read(op),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Thread(reader) => reader.close().await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Caller(memory) => drop(memory.take()),
        }
    }
}
