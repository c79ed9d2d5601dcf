//! Observation of the speed of a store.

use std::fmt;
use std::time::Duration;

/// Kind of an operation of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreOperation {
    /// A read, with its wait for the reads before it.
    Read,
    /// A write, from its call to its commit.
    Write,
    /// A transaction, which several writes share.
    Commit,
}

impl StoreOperation {
    /// Returns `read`, `write` or `commit`.
    ///
    /// ```
    /// assert_eq!(waxwing_store::StoreOperation::Commit.as_str(), "commit");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Commit => "commit",
        }
    }
}

/// Takes the durations of the operations of a store. Operations that fail count as well.
pub trait StoreObserver: Send + Sync + fmt::Debug {
    /// Takes the duration of an operation. The store waits for this call.
    fn observe(&self, operation: StoreOperation, duration: Duration);
}
