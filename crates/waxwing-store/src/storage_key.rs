//! Storage keys: the secrets of the settings that protect the keys of content.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "sqlite")]
use secrecy::ExposeSecret as _;
use secrecy::SecretBox;
use secrecy::zeroize::Zeroize as _;
use sha2::{Digest as _, Sha256};

/// Size of a storage key in bytes.
const SIZE: usize = 32;

/// Start of the hashed text, so that the id is the hash of nothing else.
const ID_DOMAIN: &[u8] = b"waxwing storage key id\0";

/// A storage key, which wraps the keys of content. It is never stored, and `Debug` shows its id only.
///
/// ```
/// use waxwing_store::StorageKey;
///
/// let key = StorageKey::parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
/// assert_eq!(key.id().len(), 16);
/// assert!(StorageKey::parse("too short").is_err());
/// # Ok::<(), waxwing_store::StorageKeyError>(())
/// ```
#[derive(Clone)]
pub struct StorageKey {
    bytes: Arc<SecretBox<[u8; SIZE]>>,
    id: String,
}

impl StorageKey {
    /// Parses 32 bytes in base64, or 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// If the text has another form. The error does not contain the text.
    pub fn parse(text: &str) -> Result<Self, StorageKeyError> {
        let text = text.trim();
        let mut decoded = match text.len() {
            64 => hex::decode(text).ok(),
            _ => STANDARD.decode(text).ok(),
        }
        .unwrap_or_default();
        let parsed = <[u8; SIZE]>::try_from(decoded.as_slice()).map(Self::from_bytes);
        decoded.zeroize();
        parsed.map_err(|_| StorageKeyError)
    }

    fn from_bytes(bytes: [u8; SIZE]) -> Self {
        let hash = Sha256::new().chain_update(ID_DOMAIN).chain_update(bytes).finalize();
        Self { bytes: Arc::new(SecretBox::new(Box::new(bytes))), id: hex::encode(&hash[..8]) }
    }

    /// Returns the id: 16 hexadecimal digits, which are no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn expose(&self) -> &[u8; SIZE] {
        self.bytes.expose_secret()
    }
}

impl PartialEq for StorageKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for StorageKey {}

impl fmt::Debug for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A text is no storage key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a storage key has 32 bytes in base64 or 64 hexadecimal digits: create one with `openssl rand -base64 32`")]
pub struct StorageKeyError;

/// The storage keys of a database. Without a current key, new content is stored plain.
///
/// ```
/// use waxwing_store::{StorageKey, StorageKeys};
///
/// let old = StorageKey::parse(&"0a".repeat(32))?;
/// let new = StorageKey::parse(&"0b".repeat(32))?;
/// let keys = StorageKeys::new(Some(new), vec![old]);
/// assert!(keys.current().is_some());
/// # Ok::<(), waxwing_store::StorageKeyError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageKeys {
    current: Option<StorageKey>,
    previous: Vec<StorageKey>,
}

impl StorageKeys {
    /// Creates a set of keys: the current one, with earlier ones that still open content.
    pub fn new(current: Option<StorageKey>, previous: Vec<StorageKey>) -> Self {
        Self { current, previous }
    }

    /// Returns the key that wraps the keys of new content.
    pub fn current(&self) -> Option<&StorageKey> {
        self.current.as_ref()
    }

    /// Returns the key with an id.
    #[cfg(feature = "sqlite")]
    pub(crate) fn get(&self, id: &str) -> Option<&StorageKey> {
        self.current.iter().chain(&self.previous).find(|key| key.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_same_key() {
        let hex = StorageKey::parse(&"07".repeat(32)).unwrap();
        let base64 = StorageKey::parse(&format!("{}\n", STANDARD.encode([7; 32]))).unwrap();
        assert_eq!(hex.id(), base64.id());
        assert_ne!(hex.id(), StorageKey::parse(&"08".repeat(32)).unwrap().id());
        assert!(!format!("{hex:?}").contains("0707"));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["", "07", &"zz".repeat(32), &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33])] {
            assert_eq!(StorageKey::parse(text), Err(StorageKeyError));
        }
    }
}
