//! Media files in the prompt.

use waxwing_agent::{Media, MediaKind};

use super::transcript::Transcripts;
use crate::agent::quote::quoted;
use crate::{Blob, ContentPart, Modalities};

/// Maximum size of a text file whose content is in the prompt, in bytes.
const MAX_TEXT_FILE: u64 = 64 * 1024;

/// Settings and remaining budget for the media of a turn.
pub(in crate::agent) struct PromptMedia {
    /// Media kinds that at least one model of the agent accepts.
    pub(in crate::agent) modalities: Modalities,
    /// Bytes that may still be sent to the model in this turn.
    pub(in crate::agent) bytes_left: u64,
    /// Transcripts of recordings, for models that do not accept audio.
    pub(in crate::agent) transcripts: Transcripts,
}

/// Reason why the model gets a description instead of a file.
#[derive(Clone, Copy)]
enum Obstacle {
    Unsupported,
    TooLarge,
    Unreadable,
}

impl PromptMedia {
    /// Returns the media file of a message for the prompt: its transcript, its content, or a description.
    pub(super) async fn content_part(&mut self, message_id: &str, media: &Media) -> ContentPart {
        match self.transcripts.get(message_id) {
            Some(transcript) => ContentPart::Text(transcript.note(media.kind().as_str())),
            None => self.file(media).await,
        }
    }

    async fn file(&mut self, media: &Media) -> ContentPart {
        let mime_type = media.mime_type().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_text = mime_type.starts_with("text/") || mime_type == "application/json";
        let Some(to_part) = self.constructor(media.kind(), &mime_type) else {
            if media.kind() == MediaKind::Document && is_text && media.len() <= MAX_TEXT_FILE {
                return ContentPart::Text(text_file(media).await);
            }
            return ContentPart::Text(describe(media, &mime_type, Obstacle::Unsupported));
        };
        if media.len() > self.bytes_left {
            return ContentPart::Text(describe(media, &mime_type, Obstacle::TooLarge));
        }
        match media.read().await {
            Ok(bytes) => {
                self.bytes_left -= media.len();
                let name = media.filename().map(str::to_owned);
                to_part(Blob { name, ..Blob::new(mime_type, bytes) })
            }
            Err(_) => ContentPart::Text(describe(media, &mime_type, Obstacle::Unreadable)),
        }
    }

    /// Returns the kind of content part for a file, or `None` if no model accepts the file.
    fn constructor(&self, kind: MediaKind, mime_type: &str) -> Option<fn(Blob) -> ContentPart> {
        let Modalities { images, audio, documents } = self.modalities;
        match kind {
            MediaKind::Audio | MediaKind::Voice if audio => Some(ContentPart::Audio),
            MediaKind::Document if documents && mime_type == "application/pdf" => Some(ContentPart::Document),
            MediaKind::Image | MediaKind::Sticker | MediaKind::Document if images && is_image(mime_type) => {
                Some(ContentPart::Image)
            }
            _ => None,
        }
    }
}

async fn text_file(media: &Media) -> String {
    let text = media.read().await.ok().and_then(|bytes| String::from_utf8(bytes.into()).ok());
    let Some(text) = text else { return describe(media, media.mime_type(), Obstacle::Unreadable) };
    let name = media.filename().map_or_else(|| "a file".to_owned(), |name| format!("the file {}", quoted(name)));
    format!("[The user sent {name} with this content:]\n{text}\n[End of the file.]")
}

/// Returns a description of a content part, for a model that does not accept it. The description of a text is the text.
pub(in crate::agent) fn description(part: &ContentPart) -> String {
    let (kind, blob) = match part {
        ContentPart::Text(text) => return text.clone(),
        ContentPart::Image(blob) => (MediaKind::Image, blob),
        ContentPart::Audio(blob) => (MediaKind::Audio, blob),
        ContentPart::Document(blob) => (MediaKind::Document, blob),
    };
    let len = blob.bytes.len() as u64;
    note(kind, blob.name.as_deref(), &blob.mime_type, len, Obstacle::Unsupported)
}

fn describe(media: &Media, mime_type: &str, obstacle: Obstacle) -> String {
    note(media.kind(), media.filename(), mime_type, media.len(), obstacle)
}

fn note(kind: MediaKind, filename: Option<&str>, mime_type: &str, len: u64, obstacle: Obstacle) -> String {
    let obstacle = match obstacle {
        Obstacle::Unsupported => "that you cannot view",
        Obstacle::TooLarge => "that is too large for you to view",
        Obstacle::Unreadable => "that cannot be read",
    };
    let kind = kind.as_str();
    let name = filename.map(|filename| format!("{}, ", quoted(filename))).unwrap_or_default();
    format!("[The user sent a file {obstacle}: {kind} ({name}{mime_type}, {} kB)]", len.div_ceil(1000))
}

fn is_image(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}
