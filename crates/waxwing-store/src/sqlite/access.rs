//! Where operations are run: on threads of their own, or, for tests, at once and in memory.

#[cfg(any(test, feature = "test-util"))]
use std::sync::Arc;

use rusqlite::Connection;

use super::fault::Fault;
#[cfg(any(test, feature = "test-util"))]
use super::memory::Memory;
use super::reader::Reader;
use super::tx::Tx;
use super::writer::{Priority, Writer};
use crate::Error;

/// Where operations that write are run.
#[derive(Debug)]
pub(super) enum Writing {
    /// On a thread of their own.
    Thread(Writer),
    /// At once.
    #[cfg(any(test, feature = "test-util"))]
    Here(Arc<Memory>),
}

/// Where operations that only read are run.
#[derive(Debug)]
pub(super) enum Reading {
    /// On a thread that may block.
    Thread(Reader),
    /// At once.
    #[cfg(any(test, feature = "test-util"))]
    Here(Arc<Memory>),
}

impl Writing {
    pub(super) async fn run<T, F>(&self, priority: Priority, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        match self {
            Self::Thread(writer) => writer.run(priority, op).await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Here(memory) => memory.write(op),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Thread(writer) => writer.close().await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Here(memory) => drop(memory.take()),
        }
    }
}

impl Reading {
    pub(super) async fn run<T, F>(&self, op: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        match self {
            Self::Thread(reader) => reader.run(op).await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Here(memory) => memory.read(op),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Thread(reader) => reader.close().await,
            #[cfg(any(test, feature = "test-util"))]
            Self::Here(memory) => drop(memory.take()),
        }
    }
}
