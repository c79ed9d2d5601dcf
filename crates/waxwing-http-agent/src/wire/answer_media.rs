//! Media of an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::WireMediaKind;
use super::debug_without_content;

/// Media of an answer.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AnswerMedia")]
#[non_exhaustive]
pub struct WireAnswerMedia {
    /// Kind of media, as the user sees it.
    pub kind: WireMediaKind,
    /// MIME type.
    pub mime_type: String,
    /// File name that the user sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Text that the user gets if the channel cannot show the media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Bytes, as base64.
    pub data: String,
}

impl WireAnswerMedia {
    /// Creates media of an answer from bytes in base64, without a file name.
    pub fn new(kind: WireMediaKind, mime_type: impl Into<String>, data: impl Into<String>) -> Self {
        Self { kind, mime_type: mime_type.into(), filename: None, alt: None, data: data.into() }
    }
}

debug_without_content! {
    WireAnswerMedia { kind, mime_type }
}
