//! Log whose number of entries has a bound, as well as their size.
//!
//! The log keeps the newest entries. Its entries have sequence numbers, by which readers follow it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Log that many tasks write and read.
#[derive(Debug)]
pub(crate) struct BoundedLog<T> {
    max_entries: usize,
    /// Maximum sum of the sizes of all entries, in bytes.
    max_bytes: usize,
    state: Mutex<LogState<T>>,
    /// Sequence number of the newest entry.
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
struct LogState<T> {
    entries: VecDeque<Entry<T>>,
    last: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    seq: u64,
    bytes: usize,
    value: Arc<T>,
}

impl<T> BoundedLog<T> {
    pub(crate) fn new(max_entries: usize, max_bytes: usize) -> Self {
        let state = LogState { entries: VecDeque::new(), last: 0, bytes: 0 };
        Self { max_entries, max_bytes, state: Mutex::new(state), newest: watch::Sender::new(0) }
    }

    /// Appends the value that `make` returns for its sequence number. Removes the oldest entries that have no room any more.
    pub(crate) fn push(&self, bytes: usize, make: impl FnOnce(u64) -> T) -> Arc<T> {
        let mut removed = Vec::new();
        let (seq, value) = {
            let mut state = self.state();
            state.last += 1;
            let seq = state.last;
            let value = Arc::new(make(seq));
            state.bytes += bytes;
            state.entries.push_back(Entry { seq, bytes, value: Arc::clone(&value) });
            while state.entries.len() > self.max_entries || state.bytes > self.max_bytes && state.entries.len() > 1 {
                let Some(oldest) = state.entries.pop_front() else { break };
                state.bytes -= oldest.bytes;
                removed.push(oldest);
            }
            (seq, value)
        };
        // The memory of removed entries is freed without the lock.
        drop(removed);
        self.newest.send_modify(|newest| *newest = seq.max(*newest));
        value
    }

    /// Removes all entries. The sequence numbers go on.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.bytes = 0;
        let removed = std::mem::take(&mut state.entries);
        drop(state);
        drop(removed);
    }

    /// Returns the sequence number of the newest entry, or 0 if there never was one.
    pub(crate) fn last(&self) -> u64 {
        self.state().last
    }

    /// Returns the entries after sequence number `seq` with their numbers, oldest first.
    pub(crate) fn after(&self, seq: u64, limit: usize) -> Vec<(u64, Arc<T>)> {
        let state = self.state();
        let skip = state.entries.partition_point(|entry| entry.seq <= seq);
        let entries = state.entries.range(skip..).take(limit);
        entries.map(|entry| (entry.seq, Arc::clone(&entry.value))).collect()
    }

    /// Returns the entry with a sequence number, unless it has been removed.
    pub(crate) fn get(&self, seq: u64) -> Option<Arc<T>> {
        let state = self.state();
        let index = state.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        state.entries.get(index).map(|entry| Arc::clone(&entry.value))
    }

    /// Returns a receiver that observes every later entry.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, LogState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(log: &BoundedLog<u64>) -> Vec<u64> {
        log.after(0, usize::MAX).into_iter().map(|(_, value)| *value).collect()
    }

    #[test]
    fn a_full_log_keeps_the_newest_entries() {
        let log = BoundedLog::new(3, 100);
        for _ in 0..5 {
            log.push(1, |seq| seq);
        }
        assert_eq!(entries(&log), [3, 4, 5]);
        assert_eq!((log.last(), log.get(2), log.get(4).as_deref()), (5, None, Some(&4)));
        assert_eq!(log.after(4, 10).len(), 1);
        assert_eq!(log.after(0, 2).last().map(|(seq, _)| *seq), Some(4));
    }

    #[test]
    fn the_size_of_all_entries_is_bounded() {
        let log = BoundedLog::new(100, 10);
        for bytes in [4, 4, 4] {
            log.push(bytes, |seq| seq);
        }
        assert_eq!(entries(&log), [2, 3]);
        log.push(11, |seq| seq);
        assert_eq!(entries(&log), [4], "the newest entry stays");
        log.push(1, |seq| seq);
        assert_eq!(entries(&log), [5]);
    }
}
