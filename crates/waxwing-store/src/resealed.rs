//! Result of a change of the storage key.

/// Result of a change of the storage key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Resealed {
    /// Number of content keys that were wrapped with the current storage key.
    pub keys: usize,
    /// Number of values that were sealed, or opened if there is no current storage key.
    pub values: usize,
}
