//! The lengths and sizes that Meta allows, next to the checks for them.
//!
//! Meta says "characters" without a unit. Lengths are counted in UTF-16 units here, the strictest of the likely readings but bytes:
//! a text within the limit by this count is within it by code points as well.

use std::fmt;

/// Longest body of a text message, in UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages>
pub const TEXT_BODY: usize = 4096;

/// Longest caption of an image, a video or a document, in UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/image-messages>
pub const CAPTION: usize = 1024;

/// Longest `biz_opaque_callback_data`, in UTF-16 units.
pub const CALLBACK_DATA: usize = 512;

/// Largest image that may be sent, in bytes.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const IMAGE_BYTES: u64 = 5 * 1024 * 1024;

/// Largest video that may be sent, in bytes.
pub const VIDEO_BYTES: u64 = 16 * 1024 * 1024;

/// Largest audio file that may be sent, in bytes.
pub const AUDIO_BYTES: u64 = 16 * 1024 * 1024;

/// Largest document that may be sent, in bytes.
pub const DOCUMENT_BYTES: u64 = 100 * 1024 * 1024;

/// The length of `text` as this crate counts it: in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A value that Meta would refuse, found before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalid {
    /// The field must not be empty.
    Empty {
        /// Where it stands, in Meta's names: `text.body`.
        field: &'static str,
    },
    /// The field is longer than Meta takes.
    TooLong {
        /// Where it stands, in Meta's names: `text.body`.
        field: &'static str,
        /// Its length in UTF-16 units.
        length: usize,
        /// The most that Meta takes, in the same unit.
        limit: usize,
    },
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { field } => write!(f, "{field} is empty"),
            Self::TooLong { field, length, limit } => {
                write!(f, "{field} has {length} characters, at most {limit} are allowed")
            }
        }
    }
}

impl std::error::Error for Invalid {}

pub(crate) fn required(field: &'static str, text: &str, limit: usize) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::Empty { field });
    }
    at_most(field, text, limit)
}

pub(crate) fn at_most(field: &'static str, text: &str, limit: usize) -> Result<(), Invalid> {
    let length = length(text);
    if length > limit {
        return Err(Invalid::TooLong { field, length, limit });
    }
    Ok(())
}
