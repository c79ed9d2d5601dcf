//! Encryption of the requests to the endpoint of a flow.
//!
//! A request has a random AES key, encrypted with the public key of the business (RSA-OAEP with SHA-256), and a payload, encrypted
//! with the AES key (AES-128-GCM). The answer uses the same AES key, and the initial vector with all bits flipped.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint>

use std::fmt;

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// First and last line of a public key in PEM form.
const PEM: [&str; 2] = ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"];

/// Public RSA key of a business.
#[derive(Debug)]
pub(crate) struct FlowPublicKey(OaepPublicEncryptingKey);

impl FlowPublicKey {
    /// Reads a key in PEM form. Returns `None` for text that is not a public RSA key of 2,048 to 8,192 bits.
    pub(crate) fn read(pem: &str) -> Option<Self> {
        let inner = pem.trim().strip_prefix(PEM[0])?.strip_suffix(PEM[1])?;
        let base64: String = inner.split_whitespace().collect();
        let key = PublicEncryptingKey::from_der(&STANDARD.decode(base64).ok()?).ok()?;
        OaepPublicEncryptingKey::new(key).ok().map(Self)
    }

    fn encrypt(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut encrypted = vec![0; self.0.ciphertext_size()];
        let length = self.0.encrypt(&OAEP_SHA256_MGF1SHA256, bytes, &mut encrypted, None).ok()?.len();
        encrypted.truncate(length);
        Some(encrypted)
    }
}

/// Key of one request, which also decrypts its answer. `Debug` shows no part of it.
pub(crate) struct FlowCipher {
    key: [u8; 16],
    iv: [u8; 16],
}

impl FlowCipher {
    /// Returns a new key. `None` if the operating system has no random bytes.
    pub(crate) fn random() -> Option<Self> {
        let mut cipher = Self { key: [0; 16], iv: [0; 16] };
        getrandom::fill(&mut cipher.key).ok()?;
        getrandom::fill(&mut cipher.iv).ok()?;
        Some(cipher)
    }

    /// Returns the body of a request with an encrypted payload.
    pub(crate) fn encrypt(&self, key: &FlowPublicKey, payload: &Value) -> Option<Value> {
        let encrypted = self.aes().encrypt(&Nonce::from(self.iv), payload.to_string().as_bytes()).ok()?;
        Some(json!({
            "encrypted_flow_data": STANDARD.encode(encrypted),
            "encrypted_aes_key": STANDARD.encode(key.encrypt(&self.key)?),
            "initial_vector": STANDARD.encode(self.iv),
        }))
    }

    /// Decrypts an answer, which is text in Base64.
    pub(crate) fn decrypt_answer(&self, text: &str) -> Option<Value> {
        let encrypted = STANDARD.decode(text.trim()).ok()?;
        let decrypted = self.aes().decrypt(&Nonce::from(self.iv.map(|byte| !byte)), encrypted.as_slice()).ok()?;
        serde_json::from_slice(&decrypted).ok()
    }

    fn aes(&self) -> AesGcm<Aes128, U16> {
        AesGcm::new(&self.key.into())
    }
}

impl fmt::Debug for FlowCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowCipher").finish_non_exhaustive()
    }
}
