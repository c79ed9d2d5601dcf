//! Keyed hash of user ids.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::AgentError;

/// Bytes of the key.
const KEY_LEN: usize = 16;

/// Bytes of a hash. Two users of one conversation with the same hash would share their counters.
const HASH_LEN: usize = 8;

/// A random key that hashes user ids with HMAC-SHA256, so that stored counters do not reveal the phone numbers of a group.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct UserHashKey(String);

impl UserHashKey {
    /// Creates a random key.
    pub(super) fn random() -> Result<Self, AgentError> {
        let mut key = [0; KEY_LEN];
        getrandom::fill(&mut key)
            .map_err(|error| AgentError::retryable("the system provides no random numbers").with_source(error))?;
        Ok(Self(hex::encode(key)))
    }

    /// Returns the hash of a user id, in hexadecimal. The hash does not change between versions and machines.
    pub(super) fn hash(&self, user_id: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes a key of any length");
        hex::encode(&mac.chain_update(user_id).finalize().into_bytes()[..HASH_LEN])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with OpenSSL: `printf 34600000001 | openssl dgst -sha256 -hmac 000102`.
    #[test]
    fn the_hash_depends_on_the_key() {
        let key = UserHashKey("000102".into());
        assert_eq!(key.hash("34600000001"), "6f1d1f707c353af8");
        assert_ne!(UserHashKey::random().unwrap().hash("34600000001"), key.hash("34600000001"));
    }
}
