//! Logs an event of each kind once per process.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Largest number of remembered kinds. Further kinds are not logged. Senders of webhooks choose the names of kinds, so the set must be
/// bounded.
const MAX_KINDS: usize = 256;

/// Longest name of a kind, in characters.
const MAX_KIND_LENGTH: usize = 64;

/// The kinds of events that were logged.
#[derive(Debug, Default)]
pub(crate) struct LogOnce(Mutex<HashSet<(&'static str, String)>>);

impl LogOnce {
    /// Calls `log` if the topic and kind are new.
    pub(crate) fn once(&self, topic: &'static str, kind: &str, log: impl FnOnce()) {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (topic, kind.chars().take(MAX_KIND_LENGTH).collect());
        if logged.len() < MAX_KINDS && logged.insert(key) {
            drop(logged);
            log();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_logged_once_and_the_set_is_bounded() {
        let log_once = LogOnce::default();
        let mut logged = Vec::new();
        for kind in ["poll", "poll", "flow"] {
            log_once.once("type", kind, || logged.push(kind));
        }
        assert_eq!(logged, ["poll", "flow"]);
        (0..2 * MAX_KINDS).for_each(|n| log_once.once("type", &n.to_string(), || ()));
        assert_eq!(log_once.0.lock().unwrap().len(), MAX_KINDS);
    }
}
