//! A queue of timers.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use tokio::time::Instant;

/// Keys with a due time each, ordered by time.
#[derive(Debug)]
pub(crate) struct TimerQueue<K> {
    queue: BTreeSet<(Instant, K)>,
    times: HashMap<K, Instant>,
}

impl<K> Default for TimerQueue<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), times: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> TimerQueue<K> {
    /// Sets the due time of `key`, replacing an earlier one.
    pub(crate) fn set(&mut self, at: Instant, key: K) {
        self.remove(&key);
        self.times.insert(key, at);
        self.queue.insert((at, key));
    }

    /// Removes `key`.
    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(at) = self.times.remove(key) {
            self.queue.remove(&(at, *key));
        }
    }

    /// Removes and returns the first key that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.queue.first()?;
        if at > now {
            return None;
        }
        self.remove(&key);
        Some(key)
    }

    /// Returns the earliest due time.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn keys_are_popped_once_in_order_of_their_due_times() {
        let (mut queue, start) = (TimerQueue::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for (seconds, key) in [(2, 'b'), (1, 'a'), (3, 'c'), (4, 'd'), (5, 'c')] {
            queue.set(at(seconds), key);
        }
        queue.remove(&'d');
        assert_eq!((queue.pop_due(at(0)), queue.next_due()), (None, Some(at(1))));
        assert_eq!([queue.pop_due(at(4)), queue.pop_due(at(4)), queue.pop_due(at(4))], [Some('a'), Some('b'), None]);
        assert_eq!((queue.pop_due(at(5)), queue.next_due()), (Some('c'), None));
    }
}
