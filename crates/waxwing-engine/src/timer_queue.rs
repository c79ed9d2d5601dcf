//! What is to be done when.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use tokio::time::Instant;

/// Each key at one time; the earliest first.
#[derive(Debug)]
pub(super) struct TimerQueue<K> {
    queue: BTreeSet<(Instant, K)>,
    times: HashMap<K, Instant>,
}

impl<K> Default for TimerQueue<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), times: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> TimerQueue<K> {
    /// Sets when something is to be done.
    pub(super) fn put(&mut self, at: Instant, key: K) {
        self.remove(&key);
        self.times.insert(key, at);
        self.queue.insert((at, key));
    }

    /// Leaves something undone.
    pub(super) fn remove(&mut self, key: &K) {
        if let Some(at) = self.times.remove(key) {
            self.queue.remove(&(at, *key));
        }
    }

    /// Takes the first thing that is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.queue.first()?;
        if at > now {
            return None;
        }
        self.remove(&key);
        Some(key)
    }

    /// When the first thing is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn things_come_in_their_order_once_and_only_when_due() {
        let (mut queue, start) = (TimerQueue::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for (seconds, key) in [(2, 'b'), (1, 'a'), (3, 'c'), (4, 'd'), (5, 'c')] {
            queue.put(at(seconds), key);
        }
        queue.remove(&'d');
        assert_eq!((queue.take(at(0)), queue.next()), (None, Some(at(1))));
        assert_eq!([queue.take(at(4)), queue.take(at(4)), queue.take(at(4))], [Some('a'), Some('b'), None]);
        assert_eq!((queue.take(at(5)), queue.next()), (Some('c'), None));
    }
}
