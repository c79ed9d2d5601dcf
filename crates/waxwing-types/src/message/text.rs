//! Messages of words.

use serde::{Deserialize, Serialize};

use super::is_false;
use crate::limits;
use crate::validation::{self, ValidationError};

/// Words, with WhatsApp's own formatting marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At most [`limits::TEXT_BODY`] long.
    pub body: String,
    /// Whether WhatsApp shows a preview of the first link.
    #[serde(default, skip_serializing_if = "is_false")]
    pub preview_url: bool,
}

impl Text {
    /// A text without a link preview.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), preview_url: false }
    }

    /// Sets whether WhatsApp shows a preview of the first link.
    pub fn preview_url(mut self, preview: bool) -> Self {
        self.preview_url = preview;
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::required("text.body", &self.body, limits::TEXT_BODY)
    }
}
