//! Encryption of content at rest.
//!
//! Content has a format byte: plain, or sealed with a content key. A storage key of the settings wraps the content keys. The module knows no
//! database, which looks up the wrapped keys.

mod column;
mod content_key;
mod format;
mod key_cache;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use self::column::Column;
pub(crate) use self::content_key::{ContentKey, WrappedKey};
pub(crate) use self::format::{PLAIN_OVERHEAD, SEALED, StoredContent, content_len, plain};
use self::key_cache::KeyCache;
use crate::StorageKeys;

/// Content that cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    #[error("stored content has an unknown format")]
    Format,
    #[error("the key of stored content is missing: it was erased, or the database is damaged")]
    NoContentKey,
    #[error(
        "stored content needs the storage key {0}: set it as WAXWING_STORAGE_KEY, or add it to WAXWING_STORAGE_PREVIOUS_KEYS"
    )]
    NoStorageKey(String),
    #[error("stored content was changed outside of Waxwing, or is damaged")]
    Changed,
    #[error("the operating system has no random numbers")]
    Random,
}

/// The storage keys, with a cache of content keys.
pub(crate) struct Vault {
    keys: StorageKeys,
    cache: Mutex<KeyCache>,
}

impl Vault {
    pub(crate) fn new(keys: StorageKeys) -> Arc<Self> {
        Arc::new(Self { keys, cache: Mutex::default() })
    }

    /// Returns whether new content is sealed.
    pub(crate) fn seals(&self) -> bool {
        self.keys.current().is_some()
    }

    /// Returns the id of the current storage key.
    pub(crate) fn current(&self) -> Option<&str> {
        self.keys.current().map(crate::StorageKey::id)
    }

    /// Returns whether the storage key with an id is known.
    pub(crate) fn knows(&self, storage_key: &str) -> bool {
        self.keys.get(storage_key).is_some()
    }

    /// Creates a content key with a random id. It is not cached, because the database may not keep it.
    pub(crate) fn create(&self) -> Result<(Arc<ContentKey>, WrappedKey), VaultError> {
        let key = self.keys.current().ok_or(VaultError::NoContentKey)?;
        let (content_key, wrapped) = WrappedKey::create(key)?;
        Ok((Arc::new(content_key), wrapped))
    }

    /// Wraps a content key with the current storage key.
    pub(crate) fn rewrap(&self, wrapped: &WrappedKey) -> Result<WrappedKey, VaultError> {
        let old = self.storage_key(&wrapped.storage_key)?;
        let new = self.keys.current().ok_or(VaultError::NoContentKey)?;
        wrapped.rewrap(old, new)
    }

    /// Returns a content key from the cache.
    pub(crate) fn cached(&self, id: i64) -> Option<Arc<ContentKey>> {
        self.cache().get(id)
    }

    /// Unwraps a content key, and caches it. An id is random, so it never names another key, also after a transaction was rolled back.
    pub(crate) fn unwrap(&self, wrapped: &WrappedKey) -> Result<Arc<ContentKey>, VaultError> {
        let key = Arc::new(wrapped.unwrap(self.storage_key(&wrapped.storage_key)?)?);
        self.cache().insert(Arc::clone(&key));
        Ok(key)
    }

    /// Drops all cached content keys, because some were erased.
    pub(crate) fn forget(&self) {
        *self.cache() = KeyCache::default();
    }

    fn storage_key(&self, id: &str) -> Result<&crate::StorageKey, VaultError> {
        self.keys.get(id).ok_or_else(|| VaultError::NoStorageKey(id.to_owned()))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys).finish_non_exhaustive()
    }
}
