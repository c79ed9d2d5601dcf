//! Faults of a store.

use std::fmt;

/// Reason for which a store refuses all writes. The store latches the fault, and recovers by itself if it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum StoreFault {
    /// Writes fail.
    Write,
    /// The database is corrupt, or its files were deleted, replaced or truncated.
    Integrity,
    /// The disk is full.
    Disk,
}

impl StoreFault {
    /// Returns the stable reason code for health checks: `store_write`, `store_integrity` or `disk`.
    ///
    /// ```
    /// assert_eq!(waxwing_store::StoreFault::Integrity.reason(), "store_integrity");
    /// ```
    pub fn reason(self) -> &'static str {
        match self {
            Self::Write => "store_write",
            Self::Integrity => "store_integrity",
            Self::Disk => "disk",
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "writes fail",
            Self::Integrity => "the database files are damaged",
            Self::Disk => "the disk is full",
        })
    }
}
