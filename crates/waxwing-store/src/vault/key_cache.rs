//! Bounded cache of content keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::ContentKey;

/// Number of keys in each half of the cache. A key has about 1 KiB.
const HALF: usize = 5000;

/// The keys that were used last. When the half of new keys is full, it replaces the half of old ones.
#[derive(Debug, Default)]
pub(super) struct KeyCache {
    new: HashMap<i64, Arc<ContentKey>>,
    old: HashMap<i64, Arc<ContentKey>>,
}

impl KeyCache {
    pub(super) fn get(&mut self, id: i64) -> Option<Arc<ContentKey>> {
        if let Some(key) = self.new.get(&id) {
            return Some(Arc::clone(key));
        }
        let key = self.old.remove(&id)?;
        self.insert(Arc::clone(&key));
        Some(key)
    }

    pub(super) fn insert(&mut self, key: Arc<ContentKey>) {
        if self.new.len() >= HALF {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(key.id(), key);
    }
}
