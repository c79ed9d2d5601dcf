//! Bounded memory of keys.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// Number of keys that are kept.
const CAPACITY: usize = 20_000;

/// The latest keys.
pub(crate) struct Recent<K> {
    keys: HashSet<K>,
    order: VecDeque<K>,
}

impl<K: Clone + Eq + Hash> Recent<K> {
    /// Adds a key. Returns false if it is known.
    pub(crate) fn insert(&mut self, key: K) -> bool {
        if !self.keys.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
        true
    }
}

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self { keys: HashSet::new(), order: VecDeque::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_keys_are_forgotten() {
        let mut recent = Recent::default();
        assert!((0..=CAPACITY).all(|key| recent.insert(key)));
        assert!(!recent.insert(1));
        assert!(recent.insert(0));
        assert_eq!((recent.keys.len(), recent.order.len()), (CAPACITY, CAPACITY));
    }
}
