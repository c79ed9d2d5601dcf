//! Header of an interactive message.

use std::fmt;

use crate::limits;
use crate::message::media::{self, MediaSource};
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};

/// Header of an interactive message. `Debug` hides texts and file names.
///
/// A list, and a request for a location, have no medium in their header.
///
/// ```
/// use waxwing_types::{Interactive, InteractiveHeader, MediaId, OutboundContent, ReplyButton};
///
/// let question = Interactive::buttons("Is it this one?", [ReplyButton::new("yes", "Yes")])
///     .header(InteractiveHeader::Image(MediaId::new("77").into()));
/// OutboundContent::from(question).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InteractiveHeader {
    /// Line of text, at most [`limits::HEADER`] UTF-16 units long.
    Text(String),
    /// Image, JPEG or PNG.
    Image(MediaSource),
    /// Video, MP4 or 3GPP.
    Video(MediaSource),
    /// Document.
    Document {
        /// Source of the file.
        source: MediaSource,
        /// Name that the user sees.
        filename: Option<String>,
    },
}

impl InteractiveHeader {
    /// Returns the source of the file of a header with a medium.
    pub fn media(&self) -> Option<&MediaSource> {
        match self {
            Self::Text(_) => None,
            Self::Image(source) | Self::Video(source) | Self::Document { source, .. } => Some(source),
        }
    }

    pub(in crate::message) fn media_mut(&mut self) -> Option<&mut MediaSource> {
        match self {
            Self::Text(_) => None,
            Self::Image(source) | Self::Video(source) | Self::Document { source, .. } => Some(source),
        }
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        match self {
            Self::Text(text) => validation::required("interactive.header.text", text, limits::HEADER),
            Self::Image(source) | Self::Video(source) | Self::Document { source, .. } => media::validate(source),
        }
    }
}

impl From<String> for InteractiveHeader {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for InteractiveHeader {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Debug for InteractiveHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&Redacted(text)).finish(),
            Self::Image(source) => f.debug_tuple("Image").field(source).finish(),
            Self::Video(source) => f.debug_tuple("Video").field(source).finish(),
            Self::Document { source, .. } => f.debug_tuple("Document").field(source).finish(),
        }
    }
}
