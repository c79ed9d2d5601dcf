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

/// Most contacts of one message. Sources differ, some say 257; this is the least that any of them says.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages>
pub const CONTACTS: usize = 5;

/// Longest body of an interactive message, in UTF-16 units. For lists, older documents say 4,096.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
pub const INTERACTIVE_BODY: usize = 1024;

/// Longest header and longest footer of an interactive message, in UTF-16 units.
pub const HEADER: usize = 60;

/// Most reply buttons of one message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
pub const BUTTONS: usize = 3;

/// Longest title of a reply button, in UTF-16 units.
pub const BUTTON_TITLE: usize = 20;

/// Longest id of a reply button, in UTF-16 units.
pub const BUTTON_ID: usize = 256;

/// Most rows of a list, in all of its sections together.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const ROWS: usize = 10;

/// Longest title of a row, in UTF-16 units.
pub const ROW_TITLE: usize = 24;

/// Longest description of a row, in UTF-16 units.
pub const ROW_DESCRIPTION: usize = 72;

/// Longest id of a row, in UTF-16 units.
pub const ROW_ID: usize = 200;

/// Longest title of a section of a list, in UTF-16 units.
pub const SECTION_TITLE: usize = 24;

/// Longest label of the button that opens a list, in UTF-16 units.
pub const LIST_BUTTON: usize = 20;

/// Longest label of a button that opens a link, in UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
pub const LINK_BUTTON: usize = 20;

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
    /// There are more of them than Meta takes.
    TooMany {
        /// Where they stand, in Meta's names: `interactive.action.buttons`.
        field: &'static str,
        /// How many there are.
        count: usize,
        /// The most that Meta takes.
        limit: usize,
    },
    /// Two have the same value where Meta wants them to differ.
    Repeated {
        /// Where it stands, in Meta's names.
        field: &'static str,
    },
    /// The value is not of the kind that Meta takes.
    Malformed {
        /// Where it stands, in Meta's names.
        field: &'static str,
        /// What it should be: "a URL of http or https".
        expected: &'static str,
    },
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { field } => write!(f, "{field} is empty"),
            Self::TooLong { field, length, limit } => {
                write!(f, "{field} has {length} characters, at most {limit} are allowed")
            }
            Self::TooMany { field, count, limit } => {
                write!(f, "there are {count} {field}, at most {limit} are allowed")
            }
            Self::Repeated { field } => write!(f, "two {field} are the same"),
            Self::Malformed { field, expected } => write!(f, "{field} is not {expected}"),
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

pub(crate) fn some<T>(field: &'static str, items: &[T], limit: usize) -> Result<(), Invalid> {
    match items.len() {
        0 => Err(Invalid::Empty { field }),
        count if count > limit => Err(Invalid::TooMany { field, count, limit }),
        _ => Ok(()),
    }
}

pub(crate) fn distinct<'a>(field: &'static str, values: impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    if values.windows(2).any(|pair| pair[0] == pair[1]) { Err(Invalid::Repeated { field }) } else { Ok(()) }
}
