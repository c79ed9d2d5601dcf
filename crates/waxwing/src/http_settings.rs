//! The limits of the webhook listener.

use waxwing_axum::{BodyBudget, ConnectionLimits};

/// Limits of the webhook listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Limits of connections. The server accepts fewer if the operating system allows too few open files.
    pub connections: ConnectionLimits,
    /// Maximum memory of all bodies whose signature is not checked yet, in bytes, and as much again for verified bodies that are not stored
    /// yet. At least [`BodyBudget::MIN_BYTES`].
    pub max_unverified_bytes: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { connections: ConnectionLimits::default(), max_unverified_bytes: BodyBudget::DEFAULT_BYTES }
    }
}
