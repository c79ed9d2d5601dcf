//! Index of the files of a media store.

use std::collections::HashMap;
use std::time::SystemTime;

use super::MediaHash;

/// Smallest size of a file in the sum of all sizes. The minimum bounds the number of files, and so the memory of the index.
const MIN_SIZE: u64 = 4096;

/// Files of a directory with the sum of their sizes.
#[derive(Debug)]
pub(super) struct Index {
    files: HashMap<MediaHash, KeptFile>,
    total: u64,
    max: u64,
}

/// Facts about a kept file.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptFile {
    pub(super) len: u64,
    pub(super) used: SystemTime,
    /// Whether the content was compared with the hash in this process.
    pub(super) is_verified: bool,
}

impl KeptFile {
    fn size(self) -> u64 {
        self.len.max(MIN_SIZE)
    }
}

impl Index {
    pub(super) fn new(max: u64) -> Self {
        Self { files: HashMap::new(), total: 0, max }
    }

    /// Returns whether a file of `len` bytes fits, after the removal of others.
    pub(super) fn can_hold(&self, len: u64) -> bool {
        len.max(MIN_SIZE) <= self.max
    }

    pub(super) fn get(&self, hash: MediaHash) -> Option<KeptFile> {
        self.files.get(&hash).copied()
    }

    pub(super) fn insert(&mut self, hash: MediaHash, file: KeptFile) {
        self.remove(hash);
        self.total += file.size();
        self.files.insert(hash, file);
    }

    pub(super) fn remove(&mut self, hash: MediaHash) {
        if let Some(file) = self.files.remove(&hash) {
            self.total -= file.size();
        }
    }

    pub(super) fn hashes(&self) -> Vec<MediaHash> {
        self.files.keys().copied().collect()
    }

    /// Takes out the files that were used least recently until the others have nine tenths of the limit, if all are above the limit. The tenth
    /// keeps a full store from being sorted for each new file. The newest file stays if the limit allows it.
    pub(super) fn take_surplus(&mut self) -> Vec<MediaHash> {
        if self.total <= self.max {
            return Vec::new();
        }
        let mut oldest_first: Vec<_> = self.files.iter().map(|(hash, file)| (file.used, *hash)).collect();
        oldest_first.sort_unstable();
        oldest_first.pop_if(|(_, newest)| self.files.get(newest).is_some_and(|file| file.size() <= self.max));
        let mut surplus = Vec::new();
        for (_, hash) in oldest_first {
            if self.total <= self.max / 10 * 9 {
                break;
            }
            self.remove(hash);
            surplus.push(hash);
        }
        surplus
    }
}
