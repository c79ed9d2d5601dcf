//! Limits how often a log line repeats.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Minimum time between two lines.
const INTERVAL: Duration = Duration::from_mins(1);

/// Logs at most once per minute. For events that any client can cause at any rate.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle(Mutex<Option<Instant>>);

impl LogThrottle {
    /// Calls `log` unless the last call was less than a minute ago.
    pub(crate) fn log(&self, log: impl FnOnce()) {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_none_or(|at| at.elapsed() >= INTERVAL) {
            *logged = Some(Instant::now());
            drop(logged);
            log();
        }
    }
}
