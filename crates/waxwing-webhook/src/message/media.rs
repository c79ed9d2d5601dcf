//! Media file of an inbound message.

use std::fmt;

use waxwing_types::MediaId;

use crate::json::JsonObject;

/// Media file of an inbound message. Meta keeps the file for 7 days.
///
/// `Debug` hides the caption and the filename.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundMedia {
    /// Meta's id of the file, for the download.
    pub id: MediaId,
    /// MIME type, with parameters if Meta states them: `audio/ogg; codecs=opus`.
    pub mime_type: Option<String>,
    /// SHA-256 digest as Meta writes it, in base64 or in hexadecimal.
    pub sha256: Option<String>,
    /// Text under the file.
    pub caption: Option<String>,
    /// Filename of a document. The user chose it, so do not use it as a path.
    pub filename: Option<String>,
    /// Whether an audio file was recorded in the chat.
    pub voice: bool,
    /// Whether a sticker is animated.
    pub animated: bool,
}

impl InboundMedia {
    /// Creates a media file with an id and no other data, for tests of code that handles media.
    pub fn new(id: MediaId) -> Self {
        Self { id, mime_type: None, sha256: None, caption: None, filename: None, voice: false, animated: false }
    }

    pub(super) fn read(media: &JsonObject<'_>) -> Option<Self> {
        Some(Self {
            id: media.string("id").map(MediaId::new)?,
            mime_type: media.string("mime_type"),
            sha256: media.string("sha256"),
            caption: media.string("caption"),
            filename: media.string("filename"),
            voice: media.is_true("voice"),
            animated: media.is_true("animated"),
        })
    }
}

impl fmt::Debug for InboundMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMedia")
            .field("id", &self.id)
            .field("mime_type", &self.mime_type)
            .field("caption", &self.caption.is_some())
            .field("filename", &self.filename.is_some())
            .field("voice", &self.voice)
            .field("animated", &self.animated)
            .finish_non_exhaustive()
    }
}
