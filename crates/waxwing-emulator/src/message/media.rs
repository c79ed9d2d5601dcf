//! Media of a chat message.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Image, video, audio, document or sticker, including the file content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatMedia {
    /// Kind of media.
    pub kind: MediaKind,
    /// Media id of the file.
    pub id: String,
    /// MIME type that the sender declared.
    pub mime_type: String,
    /// File content. The written form omits it, because the media library has it.
    #[serde(skip)]
    pub bytes: Bytes,
    /// Caption.
    pub caption: Option<String>,
    /// File name of a document.
    pub filename: Option<String>,
    /// True for a voice note.
    pub voice: bool,
}

impl fmt::Debug for ChatMedia {
    /// Shows the number of bytes instead of the file content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatMedia")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.bytes.len())
            .field("caption", &self.caption)
            .field("filename", &self.filename)
            .field("voice", &self.voice)
            .finish()
    }
}

/// Kind of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// Image.
    Image,
    /// Video.
    Video,
    /// Audio file or voice note.
    Audio,
    /// Document: a file of any type.
    Document,
    /// Sticker.
    Sticker,
}

impl MediaKind {
    /// Returns Meta's name of the kind: the `type` of the message, which is also the key of the media object.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Image, Self::Video, Self::Audio, Self::Document, Self::Sticker]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}
