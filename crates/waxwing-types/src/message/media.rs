//! Content of media messages: images, videos, audio files, documents, stickers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::MediaId;
use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};

/// Source of a media file. `Debug` hides links.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
///
/// ```
/// use waxwing_types::{Document, MediaId, MediaSource};
///
/// let uploaded = Document::new(MediaId::new("1013859600285441"));
/// let hosted = Document::new(MediaSource::Link("https://example.com/invoice.pdf".into()));
/// assert_ne!(uploaded, hosted);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// Id of a file that was uploaded for the same business number. Valid for 30 days after the upload.
    Id(MediaId),
    /// Public URL of a file. Meta fetches it when the message is sent.
    Link(String),
}

impl From<MediaId> for MediaSource {
    fn from(id: MediaId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Debug for MediaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.debug_tuple("Id").field(id).finish(),
            Self::Link(link) => f.debug_tuple("Link").field(&Redacted(link)).finish(),
        }
    }
}

/// Content of an image message, JPEG or PNG, at most [`limits::IMAGE_BYTES`]. `Debug` hides the caption.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/image-messages>
///
/// ```
/// use waxwing_types::{Image, MediaId, OutboundContent};
///
/// OutboundContent::from(Image::new(MediaId::new("77")).caption("Our menu")).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Image {
    /// Source of the image file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Text under the image, at most [`limits::CAPTION`] UTF-16 units long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// Content of a video message, MP4 or 3GPP, at most [`limits::VIDEO_BYTES`]. `Debug` hides the caption.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/video-messages>
///
/// ```
/// use waxwing_types::{MediaId, OutboundContent, Video};
///
/// OutboundContent::from(Video::new(MediaId::new("78")).caption("How we bake")).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Video {
    /// Source of the video file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Text under the video, at most [`limits::CAPTION`] UTF-16 units long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// Content of an audio message, at most [`limits::AUDIO_BYTES`].
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/audio-messages>
///
/// ```
/// use waxwing_types::{Audio, MediaId, OutboundContent};
///
/// OutboundContent::from(Audio::new(MediaId::new("79")).voice(true)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Audio {
    /// Source of the audio file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Whether WhatsApp shows the file as a voice note. The file must then be OGG with the OPUS codec.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
}

/// Content of a document message, at most [`limits::DOCUMENT_BYTES`]. `Debug` hides the caption and the filename.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/document-messages>
///
/// ```
/// use waxwing_types::{Document, MediaId, OutboundContent};
///
/// let invoice = Document::new(MediaId::new("77")).filename("invoice-17.pdf").caption("Your invoice");
/// OutboundContent::from(invoice).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// Source of the document file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Text under the document, at most [`limits::CAPTION`] UTF-16 units long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Name that the user sees. WhatsApp chooses the icon by its extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// Content of a sticker message, WebP.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/sticker-messages>
///
/// ```
/// use waxwing_types::{MediaId, OutboundContent, Sticker};
///
/// OutboundContent::from(Sticker::new(MediaId::new("80"))).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sticker {
    /// Source of the sticker file.
    #[serde(flatten)]
    pub source: MediaSource,
}

impl Image {
    /// Creates an image without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Sets the text under the image, at most [`limits::CAPTION`] UTF-16 units.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Video {
    /// Creates a video without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Sets the text under the video, at most [`limits::CAPTION`] UTF-16 units.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Audio {
    /// Creates an audio message that is not a voice note.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), voice: false }
    }

    /// Sets whether WhatsApp shows the file as a voice note. Default: false.
    pub fn voice(mut self, voice: bool) -> Self {
        self.voice = voice;
        self
    }
}

impl Document {
    /// Creates a document without a caption and a filename.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None, filename: None }
    }

    /// Sets the text under the document, at most [`limits::CAPTION`] UTF-16 units.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Sets the name that the user sees.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }
}

impl Sticker {
    /// Creates a sticker.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into() }
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_captioned("Image", &self.source, self.caption.as_deref(), f)
    }
}

impl fmt::Debug for Video {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_captioned("Video", &self.source, self.caption.as_deref(), f)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("source", &self.source)
            .field("caption", &self.caption.as_deref().map(Redacted))
            .field("filename", &self.filename.as_deref().map(Redacted))
            .finish()
    }
}

fn debug_captioned(name: &str, source: &MediaSource, caption: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct(name).field("source", source).field("caption", &caption.map(Redacted)).finish()
}

/// Checks that the source of a media file is an id, or an `http` or `https` URL.
pub(super) fn validate(source: &MediaSource) -> Result<(), ValidationError> {
    match source {
        MediaSource::Id(id) if id.as_str().is_empty() => Err(ValidationError::Empty { field: "id" }),
        MediaSource::Id(_) => Ok(()),
        MediaSource::Link(link) => validation::web_address("link", link),
    }
}

/// Checks the source of a media file and the length of its caption.
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

#[cfg(test)]
mod tests {
    use super::super::checks::check_debug;
    use super::*;

    #[test]
    fn debug_hides_captions_filenames_and_links() {
        let link = || MediaSource::Link("https://example.com/secret".into());
        check_debug(Image::new(link()).caption("secret"), &["secret"]);
        check_debug(Video::new(link()).caption("secret"), &["secret"]);
        check_debug(Document::new(link()).caption("secret").filename("secret.pdf"), &["secret"]);
        check_debug(Audio::new(link()), &["secret"]);
        check_debug(Sticker::new(link()), &["secret"]);
        assert!(format!("{:?}", Image::new(MediaId::new("77"))).contains("77"));
    }
}
