//! Messages of pictures, videos, sounds, files and stickers.

use serde::{Deserialize, Serialize};

use super::is_false;
use crate::MediaId;
use crate::limits;
use crate::validation::{self, ValidationError};

/// Where Meta takes a medium from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// A medium uploaded for the same business number; valid for 30 days.
    Id(MediaId),
    /// An address that Meta fetches.
    Link(String),
}

impl From<MediaId> for MediaSource {
    fn from(id: MediaId) -> Self {
        Self::Id(id)
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The picture itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The video itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audio {
    /// The sound itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Shown as a voice note; the file must be OGG with the OPUS codec.
    #[serde(default, skip_serializing_if = "is_false")]
    pub voice: bool,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name that the user sees; its extension picks the icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// A sticker, in WebP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sticker {
    /// The sticker itself.
    #[serde(flatten)]
    pub source: MediaSource,
}

impl Image {
    /// A picture without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Puts words under the picture.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Video {
    /// A video without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Puts words under the video.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Audio {
    /// A sound that is not a voice note.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), voice: false }
    }

    /// Sets whether it is shown as a voice note.
    pub fn voice(mut self, voice: bool) -> Self {
        self.voice = voice;
        self
    }
}

impl Document {
    /// A file without a name and a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None, filename: None }
    }

    /// Puts words under the file.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Names the file.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }
}

impl Sticker {
    /// A sticker.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into() }
    }
}

pub(super) fn validate(source: &MediaSource) -> Result<(), ValidationError> {
    match source {
        MediaSource::Id(id) if id.as_str().is_empty() => Err(ValidationError::Empty { field: "id" }),
        MediaSource::Link(link) if link.is_empty() => Err(ValidationError::Empty { field: "link" }),
        MediaSource::Id(_) | MediaSource::Link(_) => Ok(()),
    }
}

pub(super) fn validate_captioned(
    source: &MediaSource,
    field: &'static str,
    caption: Option<&str>,
) -> Result<(), ValidationError> {
    if let Some(caption) = caption {
        validation::at_most(field, caption, limits::CAPTION)?;
    }
    validate(source)
}
