//! What is to be done when.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use tokio::time::Instant;

/// Each key at one time; the earliest first.
#[derive(Debug)]
pub(super) struct Agenda<K> {
    queue: BTreeSet<(Instant, K)>,
    times: HashMap<K, Instant>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), times: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> Agenda<K> {
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
        let (mut agenda, start) = (Agenda::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for (seconds, key) in [(2, 'b'), (1, 'a'), (3, 'c'), (4, 'd'), (5, 'c')] {
            agenda.put(at(seconds), key);
        }
        agenda.remove(&'d');
        assert_eq!((agenda.take(at(0)), agenda.next()), (None, Some(at(1))));
        assert_eq!([agenda.take(at(4)), agenda.take(at(4)), agenda.take(at(4))], [Some('a'), Some('b'), None]);
        assert_eq!((agenda.take(at(5)), agenda.next()), (Some('c'), None));
    }
}
