//! Format of stored content.
//!
//! The first byte is 0 for plain content, which follows. It is 1 for sealed content: the id of the content key in 8 bytes, big-endian, then a
//! nonce of 12 bytes, then the ciphertext of AES-256-GCM with its tag of 16 bytes.

use super::VaultError;

/// Format byte of plain content.
const PLAIN: u8 = 0;

/// Format byte of sealed content.
pub(crate) const SEALED: u8 = 1;

pub(super) const KEY_ID: usize = 8;
pub(super) const NONCE: usize = 12;
pub(super) const TAG: usize = 16;

/// Number of bytes before the ciphertext.
pub(super) const HEADER: usize = 1 + KEY_ID + NONCE;

/// Number of bytes that plain content needs in addition.
pub(crate) const PLAIN_OVERHEAD: usize = 1;

/// Number of bytes that sealed content needs in addition.
pub(crate) const SEALED_OVERHEAD: usize = HEADER + TAG;

/// Stored content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StoredContent<'a> {
    Plain(&'a [u8]),
    /// Content that the key with this id has sealed.
    Sealed(i64),
}

impl<'a> StoredContent<'a> {
    /// Parses stored content, without opening it.
    pub(crate) fn parse(stored: &'a [u8]) -> Result<Self, VaultError> {
        match stored.split_first() {
            Some((&PLAIN, content)) => Ok(Self::Plain(content)),
            Some((&SEALED, rest)) if stored.len() >= SEALED_OVERHEAD => {
                let id = rest.first_chunk::<KEY_ID>().ok_or(VaultError::Format)?;
                Ok(Self::Sealed(i64::from_be_bytes(*id)))
            }
            _ => Err(VaultError::Format),
        }
    }
}

/// Returns the length of content from its format byte and the length of what is stored.
pub(crate) fn content_len(format: &[u8], stored: usize) -> usize {
    stored.saturating_sub(if format == [SEALED] { SEALED_OVERHEAD } else { PLAIN_OVERHEAD })
}

/// Returns plain content as it is stored.
pub(crate) fn plain(content: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(content.len() + PLAIN_OVERHEAD);
    stored.push(PLAIN);
    stored.extend_from_slice(content);
    stored
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_content_is_parsed(content: Vec<u8>) {
            let stored = plain(&content);
            prop_assert_eq!(StoredContent::parse(&stored).unwrap(), StoredContent::Plain(&content));
            prop_assert_eq!(content_len(&stored[..1], stored.len()), content.len());
        }

        #[test]
        fn any_bytes_are_parsed_or_refused(stored: Vec<u8>) {
            match StoredContent::parse(&stored) {
                Ok(StoredContent::Plain(content)) => prop_assert_eq!(content.len() + PLAIN_OVERHEAD, stored.len()),
                Ok(StoredContent::Sealed(_)) => prop_assert!(stored[0] == SEALED && stored.len() >= SEALED_OVERHEAD),
                Err(_) => prop_assert!(stored.first() != Some(&PLAIN)),
            }
        }
    }
}
