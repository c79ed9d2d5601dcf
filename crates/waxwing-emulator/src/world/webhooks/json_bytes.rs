//! Bytes of JSON, which the written state contains as text.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Bytes of JSON, kept byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) struct JsonBytes(pub(super) Bytes);

impl From<String> for JsonBytes {
    fn from(text: String) -> Self {
        Self(Bytes::from(text))
    }
}

impl From<JsonBytes> for String {
    fn from(JsonBytes(bytes): JsonBytes) -> Self {
        // The emulator writes JSON in ASCII.
        Self::from_utf8_lossy(&bytes).into_owned()
    }
}
