//! Key from a digest.

use sha2::{Digest as _, Sha256};

/// Returns the first half of a digest in hexadecimal digits. It shows nothing of what was digested.
pub(crate) fn digest_key(digest: Sha256) -> String {
    digest.finalize()[..16].iter().fold(String::new(), |key, byte| format!("{key}{byte:02x}"))
}
