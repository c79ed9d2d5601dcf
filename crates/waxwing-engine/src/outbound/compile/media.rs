//! Compiles media to media messages.

use waxwing_agent::{Media, MediaKind};
use waxwing_store::Upload;
use waxwing_types::{
    Audio, Document, Image, InteractiveHeader, MediaId, MediaSource, OutboundContent, Sticker, Video, limits,
};

use super::message::CompiledMessage;
use crate::media_memory::MediaPermit;

/// Longest file name, in characters.
const FILENAME: usize = 200;

/// The type of message that carries a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Image,
    Video,
    Audio,
    Voice,
    Document,
    Sticker,
}

impl Form {
    /// Returns the form in which WhatsApp accepts the medium. Returns none for a medium that is empty or too large.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
    pub(super) fn of(medium: &Media) -> Option<Self> {
        let mime_type = waxwing_media::canonical_type(medium.mime_type());
        let (form, limit) = match (medium.kind(), mime_type.as_str()) {
            (MediaKind::Image, "image/jpeg" | "image/png") => (Self::Image, limits::IMAGE_BYTES),
            (MediaKind::Sticker, "image/webp") => (Self::Sticker, limits::ANIMATED_STICKER_BYTES),
            (MediaKind::Video, "video/mp4" | "video/3gpp") => (Self::Video, limits::VIDEO_BYTES),
            (MediaKind::Voice, "audio/ogg") => (Self::Voice, limits::AUDIO_BYTES),
            (MediaKind::Audio | MediaKind::Voice, mime_type)
                if mime_type == "audio/ogg" || waxwing_media::AUDIO_TYPES.contains(&mime_type) =>
            {
                (Self::Audio, limits::AUDIO_BYTES)
            }
            _ => (Self::Document, limits::DOCUMENT_BYTES),
        };
        match medium.len() {
            0 => None,
            len if len <= limit => Some(form),
            len if len <= limits::DOCUMENT_BYTES => Some(Self::Document),
            _ => None,
        }
    }

    /// Returns true if messages of this form can have a caption.
    pub(super) fn takes_caption(self) -> bool {
        !matches!(self, Self::Audio | Self::Voice | Self::Sticker)
    }

    /// Returns the header of an interactive message with this medium. Its medium has no id until it is uploaded.
    pub(super) fn header(self, filename: &str) -> Option<InteractiveHeader> {
        let source = MediaSource::Id(MediaId::new(""));
        match self {
            Self::Image => Some(InteractiveHeader::Image(source)),
            Self::Video => Some(InteractiveHeader::Video(source)),
            Self::Document => Some(InteractiveHeader::Document { source, filename: Some(filename.to_owned()) }),
            Self::Audio | Self::Voice | Self::Sticker => None,
        }
    }

    /// Returns the message. Its medium has no id until it is uploaded.
    pub(super) fn content(self, filename: &str, caption: Option<String>) -> OutboundContent {
        let source = MediaSource::Id(MediaId::new(""));
        match self {
            Self::Image => {
                let mut image = Image::new(source);
                image.caption = caption;
                image.into()
            }
            Self::Video => {
                let mut video = Video::new(source);
                video.caption = caption;
                video.into()
            }
            Self::Audio => Audio::new(source).into(),
            Self::Voice => Audio::new(source).voice(true).into(),
            Self::Sticker => Sticker::new(source).into(),
            Self::Document => {
                let mut document = Document::new(source).filename(filename);
                document.caption = caption;
                document.into()
            }
        }
    }
}

/// Reads a medium for its upload. Returns none, with a log record, if its file cannot be read or is larger than the medium states.
pub(super) async fn read(medium: &Media, memory: &MediaPermit) -> Option<Upload> {
    let bytes = match medium.path() {
        Some(path) => memory.read(path, medium.len()).await,
        None => medium.read().await,
    };
    match bytes {
        Ok(bytes) => Some(Upload { mime_type: mime_type(medium).to_owned(), filename: filename(medium), bytes }),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "reading a medium of a reply failed");
            None
        }
    }
}

/// Returns the message with a medium. If Meta refuses it, its caption and its alternative text are sent.
pub(super) fn message(form: Form, upload: Upload, caption: Option<&str>, alt_text: Option<&str>) -> CompiledMessage {
    let content = form.content(&upload.filename, caption.map(str::to_owned));
    let fallback = [caption, alt_text].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    CompiledMessage::from(content).or_text(&fallback).with_upload(upload)
}

/// Returns the MIME type that the agent stated, if it is well-formed: the type becomes part of a request.
fn mime_type(medium: &Media) -> &str {
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    let stated = medium.mime_type();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    let plain = essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if plain && stated.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) { stated } else { "application/octet-stream" }
}

/// Returns the file name that the agent stated, without characters that file names cannot have, or a name with the extension of the MIME type:
/// WhatsApp chooses the icon of a document by the extension.
fn filename(medium: &Media) -> String {
    let given = medium.filename().unwrap_or_default().chars().filter(|c| !c.is_control() && !"/\\".contains(*c));
    let given: String = given.take(FILENAME).collect();
    if !given.trim().is_empty() {
        return given;
    }
    let extension = match mime_type(medium) {
        "application/octet-stream" => "bin".to_owned(),
        known => waxwing_media::extension(known).map_or_else(|| subtype(known), str::to_owned),
    };
    format!("{}.{extension}", medium.kind().as_str().replace(' ', "-"))
}

/// Returns the start of the subtype of a MIME type, as an extension.
fn subtype(mime_type: &str) -> String {
    let subtype = mime_type.split([';', '/']).nth(1).unwrap_or_default();
    subtype.chars().take_while(char::is_ascii_alphanumeric).take(8).collect()
}
