//! Checks of outbound messages against Meta's limits.

use std::fmt;

use crate::limits::utf16_len;

/// A field of an outbound message that Meta would refuse.
///
/// `Display` names the field in Meta's terms, the value that was found and the allowed value. It never shows message text.
///
/// ```
/// use waxwing_types::{OutboundContent, Text};
///
/// let error = OutboundContent::from(Text::new("x".repeat(5000))).validate().unwrap_err();
/// assert_eq!(error.to_string(), "text.body has 5000 UTF-16 units; shorten it to at most 4096");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidationError {
    /// The field is required, but empty or blank.
    Empty {
        /// Path of the field in Meta's JSON, such as `text.body`.
        field: &'static str,
    },
    /// The field is longer than Meta allows.
    TooLong {
        /// Path of the field in Meta's JSON, such as `text.body`.
        field: &'static str,
        /// Length of the value in UTF-16 units.
        length: usize,
        /// Largest allowed length in UTF-16 units.
        limit: usize,
    },
    /// The list has more items than Meta allows.
    TooMany {
        /// Path of the list in Meta's JSON, such as `interactive.action.buttons`.
        field: &'static str,
        /// Number of items.
        count: usize,
        /// Largest allowed number of items.
        limit: usize,
    },
    /// Two items have the same value where Meta requires different ones.
    Repeated {
        /// Path of the field in Meta's JSON.
        field: &'static str,
    },
    /// The value does not have the form that Meta requires.
    Malformed {
        /// Path of the field in Meta's JSON.
        field: &'static str,
        /// Required form, such as "between -90 and 90".
        expected: &'static str,
    },
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { field } => write!(f, "{field} is empty; set it"),
            Self::TooLong { field, length, limit } => {
                write!(f, "{field} has {length} UTF-16 units; shorten it to at most {limit}")
            }
            Self::TooMany { field, count, limit } => {
                write!(f, "{field} has {count} items; use at most {limit}")
            }
            Self::Repeated { field } => write!(f, "two items have the same {field}; make them different"),
            Self::Malformed { field, expected } => write!(f, "{field} is invalid; it must be {expected}"),
        }
    }
}

impl std::error::Error for ValidationError {}

/// Checks that `text` is not blank and has at most `limit` UTF-16 units.
pub(crate) fn required(field: &'static str, text: &str, limit: usize) -> Result<(), ValidationError> {
    if text.trim().is_empty() {
        return Err(ValidationError::Empty { field });
    }
    at_most(field, text, limit)
}

/// Checks that `text` has at most `limit` UTF-16 units.
pub(crate) fn at_most(field: &'static str, text: &str, limit: usize) -> Result<(), ValidationError> {
    let length = utf16_len(text);
    if length > limit {
        return Err(ValidationError::TooLong { field, length, limit });
    }
    Ok(())
}

/// Checks that a text is an `http` or `https` URL. Only its beginning is checked.
pub(crate) fn web_address(field: &'static str, url: &str) -> Result<(), ValidationError> {
    let is_web = ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
    if is_web { Ok(()) } else { Err(ValidationError::Malformed { field, expected: "an http or https URL" }) }
}

/// Returns whether Meta accepts a text as the value of a template: without line breaks, tabs and more than four spaces in a row.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.contains(['\n', '\r', '\t']) && !text.contains("     ")
}

/// Checks that an id is not empty.
pub(crate) fn not_empty(field: &'static str, id: &str) -> Result<(), ValidationError> {
    if id.is_empty() { Err(ValidationError::Empty { field }) } else { Ok(()) }
}

/// Returns whether a character is an emoji. The ranges tell emoji from the letters of all scripts.
///
/// <https://www.unicode.org/Public/emoji/latest/emoji-sequences.txt>
pub(crate) fn is_emoji(char: char) -> bool {
    matches!(char, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{20E3}')
}

/// Checks that there are between one and `limit` items.
pub(crate) fn item_count<T>(field: &'static str, items: &[T], limit: usize) -> Result<(), ValidationError> {
    match items.len() {
        0 => Err(ValidationError::Empty { field }),
        count if count > limit => Err(ValidationError::TooMany { field, count, limit }),
        _ => Ok(()),
    }
}

/// Checks that no value occurs twice.
pub(crate) fn distinct<'a>(field: &'static str, values: impl Iterator<Item = &'a str>) -> Result<(), ValidationError> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    if values.windows(2).any(|pair| pair[0] == pair[1]) { Err(ValidationError::Repeated { field }) } else { Ok(()) }
}
