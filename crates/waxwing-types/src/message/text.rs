//! Content of a text message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};

/// Content of a text message. `Debug` hides the body.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages>
///
/// ```
/// use waxwing_types::{OutboundContent, Text};
///
/// let text = Text::new("*Order 17* is on its way: https://example.com/17").preview_url(true);
/// OutboundContent::from(text).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Text {
    /// Text with WhatsApp formatting, at most [`limits::TEXT_BODY`] UTF-16 units long and not blank.
    pub body: String,
    /// Whether WhatsApp shows a preview of the first link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preview_url: bool,
}

impl Text {
    /// Creates a text without a link preview.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), preview_url: false }
    }

    /// Sets whether WhatsApp shows a preview of the first link. Default: false.
    pub fn preview_url(mut self, preview: bool) -> Self {
        self.preview_url = preview;
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::required("text.body", &self.body, limits::TEXT_BODY)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("body", &Redacted(&self.body)).field("preview_url", &self.preview_url).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_body() {
        assert_eq!(format!("{:?}", Text::new("hola")), "Text { body: [4 characters], preview_url: false }");
    }
}
