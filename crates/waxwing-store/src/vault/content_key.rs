//! Keys that seal content, plain in memory or wrapped in the database.

use std::fmt;

use aes_gcm::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use secrecy::zeroize::{Zeroize as _, Zeroizing};

use super::format::{HEADER, KEY_ID, NONCE, SEALED, SEALED_OVERHEAD, TAG};
use super::{Column, VaultError};
use crate::StorageKey;

/// Size of a content key in bytes.
const SIZE: usize = 32;

/// Start of the text that is authenticated with a wrapped key. The id of the key follows.
const WRAP_DOMAIN: &[u8] = b"waxwing content key\0";

/// A key that seals content. Its memory is overwritten when it is dropped.
pub(crate) struct ContentKey {
    id: i64,
    cipher: Aes256Gcm,
}

impl ContentKey {
    fn new(id: i64, bytes: &[u8]) -> Result<Self, VaultError> {
        let cipher = Aes256Gcm::new_from_slice(bytes).map_err(|_| VaultError::Changed)?;
        Ok(Self { id, cipher })
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Seals content of a column.
    pub(crate) fn seal(&self, column: Column, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE] = random()?;
        let mut sealed = Vec::with_capacity(content.len() + SEALED_OVERHEAD);
        sealed.push(SEALED);
        sealed.extend_from_slice(&self.id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(content);
        let aad = column.authenticated();
        let tag = self
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), aad.as_bytes(), (&mut sealed[HEADER..]).into())
            .map_err(|_| VaultError::Changed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens sealed content of a column in place. The result is the content alone.
    pub(crate) fn open(&self, column: Column, mut sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        let content = sealed.len().checked_sub(SEALED_OVERHEAD).ok_or(VaultError::Format)?;
        let (header, rest) = sealed.split_at_mut(HEADER);
        let (ciphertext, tag) = rest.split_at_mut(content);
        let nonce = header[1 + KEY_ID..].first_chunk::<NONCE>().ok_or(VaultError::Format)?;
        let tag = tag.first_chunk::<TAG>().ok_or(VaultError::Format)?;
        let aad = column.authenticated();
        self.cipher
            .decrypt_inout_detached(&Nonce::from(*nonce), aad.as_bytes(), ciphertext.into(), &Tag::from(*tag))
            .map_err(|_| VaultError::Changed)?;
        sealed.truncate(HEADER + content);
        sealed.drain(..HEADER);
        Ok(sealed)
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A content key as the database has it: a nonce, then the encrypted key with its tag.
pub(crate) struct WrappedKey {
    pub(crate) id: i64,
    /// Id of the storage key.
    pub(crate) storage_key: String,
    pub(crate) wrapped: Vec<u8>,
}

impl WrappedKey {
    /// Creates a random content key with a random id.
    pub(super) fn create(storage_key: &StorageKey) -> Result<(ContentKey, Self), VaultError> {
        let bytes = Zeroizing::new(random::<SIZE>()?);
        // Ids are positive and not 0.
        let id = (i64::from_be_bytes(random()?) & i64::MAX).max(1);
        Ok((ContentKey::new(id, &*bytes)?, Self::wrap(id, &bytes, storage_key)?))
    }

    fn wrap(id: i64, bytes: &[u8; SIZE], storage_key: &StorageKey) -> Result<Self, VaultError> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload { msg: bytes, aad: &authenticated(id) };
        let encrypted = cipher(storage_key).encrypt(&Nonce::from(nonce), payload).map_err(|_| VaultError::Changed)?;
        Ok(Self { id, storage_key: storage_key.id().to_owned(), wrapped: [&nonce[..], &encrypted].concat() })
    }

    pub(super) fn unwrap(&self, storage_key: &StorageKey) -> Result<ContentKey, VaultError> {
        ContentKey::new(self.id, &*self.bytes(storage_key)?)
    }

    pub(super) fn rewrap(&self, old: &StorageKey, new: &StorageKey) -> Result<Self, VaultError> {
        Self::wrap(self.id, &*self.bytes(old)?, new)
    }

    fn bytes(&self, storage_key: &StorageKey) -> Result<Zeroizing<[u8; SIZE]>, VaultError> {
        let (nonce, encrypted) = self.wrapped.split_first_chunk::<NONCE>().ok_or(VaultError::Changed)?;
        let payload = Payload { msg: encrypted, aad: &authenticated(self.id) };
        let mut decrypted =
            cipher(storage_key).decrypt(&Nonce::from(*nonce), payload).map_err(|_| VaultError::Changed)?;
        let bytes = <[u8; SIZE]>::try_from(decrypted.as_slice()).map(Zeroizing::new);
        decrypted.zeroize();
        bytes.map_err(|_| VaultError::Changed)
    }
}

fn cipher(key: &StorageKey) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

fn authenticated(id: i64) -> Vec<u8> {
    [WRAP_DOMAIN, &id.to_be_bytes()].concat()
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn storage_key(digits: &str) -> StorageKey {
        StorageKey::parse(&digits.repeat(32)).unwrap()
    }

    proptest! {
        #[test]
        fn sealed_content_is_opened(content: Vec<u8>) {
            let (key, wrapped) = WrappedKey::create(&storage_key("0a")).unwrap();
            let sealed = key.seal(Column::Entry, &content).unwrap();
            prop_assert_eq!(sealed.len(), content.len() + SEALED_OVERHEAD);
            let key = wrapped.unwrap(&storage_key("0a")).unwrap();
            prop_assert_eq!(key.open(Column::Entry, sealed).unwrap(), content);
        }

        #[test]
        fn a_changed_byte_is_noticed(content: Vec<u8>, place: prop::sample::Index, bit in 0..8_u8) {
            let (key, _) = WrappedKey::create(&storage_key("0a")).unwrap();
            let mut sealed = key.seal(Column::Entry, &content).unwrap();
            // The database finds the key by the bytes before.
            let place = 1 + KEY_ID + place.index(sealed.len() - 1 - KEY_ID);
            sealed[place] ^= 1 << bit;
            prop_assert!(matches!(key.open(Column::Entry, sealed), Err(VaultError::Changed)));
        }

        #[test]
        fn cut_content_is_noticed(content: Vec<u8>, length: prop::sample::Index) {
            let (key, _) = WrappedKey::create(&storage_key("0a")).unwrap();
            let mut sealed = key.seal(Column::Entry, &content).unwrap();
            sealed.truncate(length.index(sealed.len()));
            prop_assert!(key.open(Column::Entry, sealed).is_err());
        }
    }

    #[test]
    fn content_of_another_column_is_refused() {
        let (key, _) = WrappedKey::create(&storage_key("0a")).unwrap();
        let sealed = key.seal(Column::Outbox, b"text").unwrap();
        assert!(matches!(key.open(Column::Fallback, sealed), Err(VaultError::Changed)));
    }

    #[test]
    fn a_key_of_another_storage_key_or_id_is_refused() {
        let (_, wrapped) = WrappedKey::create(&storage_key("0a")).unwrap();
        assert!(matches!(wrapped.unwrap(&storage_key("0b")), Err(VaultError::Changed)));
        let moved = WrappedKey { id: wrapped.id ^ 1, ..wrapped };
        assert!(matches!(moved.unwrap(&storage_key("0a")), Err(VaultError::Changed)));
    }

    #[test]
    fn a_rewrapped_key_is_the_same_key() {
        let (key, wrapped) = WrappedKey::create(&storage_key("0a")).unwrap();
        let rewrapped = wrapped.rewrap(&storage_key("0a"), &storage_key("0b")).unwrap();
        let sealed = key.seal(Column::Memory, b"text").unwrap();
        let key = rewrapped.unwrap(&storage_key("0b")).unwrap();
        assert_eq!(key.open(Column::Memory, sealed).unwrap(), b"text");
    }
}
