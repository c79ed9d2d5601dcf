//! Symmetric encryption of one exchange.

use std::fmt;

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce};

/// Key and initial vector of one exchange (AES-128-GCM). `Debug` shows no part of them.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#request-decryption-and-encryption>
#[derive(Clone)]
pub(crate) struct ExchangeCipher {
    aes: AesGcm<Aes128, U16>,
    iv: [u8; 16],
}

impl ExchangeCipher {
    /// Creates a cipher. Returns none if the key or the initial vector does not have 16 bytes.
    pub(crate) fn new(key: &[u8], iv: &[u8]) -> Option<Self> {
        Some(Self { aes: AesGcm::new_from_slice(key).ok()?, iv: iv.try_into().ok()? })
    }

    /// Decrypts a request, which ends with its authentication tag.
    pub(crate) fn decrypt_request(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        self.aes.decrypt(&Nonce::from(self.iv), encrypted).ok()
    }

    /// Encrypts a request.
    pub(crate) fn encrypt_request(&self, payload: &[u8]) -> Option<Vec<u8>> {
        self.aes.encrypt(&Nonce::from(self.iv), payload).ok()
    }

    /// Decrypts an answer.
    pub(crate) fn decrypt_answer(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        self.aes.decrypt(&self.answer_nonce(), encrypted).ok()
    }

    /// Encrypts an answer.
    pub(crate) fn encrypt_answer(&self, payload: &[u8]) -> Option<Vec<u8>> {
        self.aes.encrypt(&self.answer_nonce(), payload).ok()
    }

    /// The initial vector of the answer has all bits of that of the request flipped.
    fn answer_nonce(&self) -> Nonce<U16> {
        Nonce::from(self.iv.map(|byte| !byte))
    }
}

impl fmt::Debug for ExchangeCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeCipher").finish_non_exhaustive()
    }
}
