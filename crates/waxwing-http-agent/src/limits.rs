//! Limits of a call.

use std::time::Duration;

/// Limits of a call to the agent's program.
#[derive(Debug, Clone)]
pub(crate) struct CallLimits {
    /// Time from connecting to the last byte of the answer.
    pub(crate) timeout: Duration,
    /// Largest difference between the time of a signature and the present time.
    pub(crate) signature_window: Duration,
    /// Number of history entries in a call.
    pub(crate) history: usize,
    /// Bytes of media in a call, for all messages of the turn.
    pub(crate) media_bytes: u64,
    /// Bytes of a response, with the interim messages.
    pub(crate) response_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(2),
            signature_window: Duration::from_mins(5),
            history: 40,
            media_bytes: 10 * 1024 * 1024,
            response_bytes: 24 * 1024 * 1024,
        }
    }
}
