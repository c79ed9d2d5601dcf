//! Logs what may come a thousand times once.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Kinds beyond this many are not told any more: their names come from outside, and the set must not grow with them.
const LIMIT: usize = 256;

/// Remembers what was logged.
#[derive(Debug, Default)]
pub(crate) struct LogOnce(Mutex<HashSet<(&'static str, String)>>);

impl LogOnce {
    /// Calls `log` if it is the first time for this topic and kind.
    pub(crate) fn once(&self, topic: &'static str, kind: &str, log: impl FnOnce()) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (topic, kind.chars().take(64).collect());
        if told.len() < LIMIT && told.insert(key) {
            drop(told);
            log();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_once_and_the_memory_is_bounded() {
        let log_once = LogOnce::default();
        let mut told = Vec::new();
        for kind in ["poll", "poll", "flow"] {
            log_once.once("type", kind, || told.push(kind));
        }
        assert_eq!(told, ["poll", "flow"]);
        (0..2 * LIMIT).for_each(|n| log_once.once("type", &n.to_string(), || ()));
        assert_eq!(log_once.0.lock().unwrap().len(), LIMIT);
    }
}
