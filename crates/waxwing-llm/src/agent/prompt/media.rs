//! Media files in the prompt.

use waxwing_agent::{Media, MediaKind, UserMessage};
use waxwing_media::{MediaError, essence};

use super::convert;
use super::transcript::{Transcript, Transcripts};
use crate::tag::Tag;
use crate::{Blob, ContentPart, Modalities};

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
    Refused,
}

impl PromptMedia {
    /// Returns the tag of the media file of a message, and the file itself if the model gets it.
    pub(in crate::agent) async fn read(&mut self, message_id: &str, media: &Media) -> (Tag, Option<ContentPart>) {
        let mime_type = essence(media.mime_type());
        if let Some(transcript) = self.transcripts.get(message_id) {
            return (transcript.describe(media_tag(media, &mime_type)), None);
        }
        match self.file(media, &mime_type).await {
            Ok(part) => (media_tag(media, &mime_type), Some(part)),
            Err(tag) => (tag, None),
        }
    }

    /// Returns the file for the model, or the tag that takes its place.
    async fn file(&mut self, media: &Media, mime_type: &str) -> Result<ContentPart, Tag> {
        let Some(to_part) = self.constructor(media.kind(), mime_type) else {
            return Err(match media.kind() {
                MediaKind::Document => document(media, mime_type).await,
                _ => describe(media, mime_type, Obstacle::Unsupported),
            });
        };
        if media.len() > self.bytes_left {
            return Err(describe(media, mime_type, Obstacle::TooLarge));
        }
        match media.read().await {
            Ok(bytes) => {
                let name = media.filename().map(str::to_owned);
                let blob = Blob { name, ..Blob::new(mime_type, bytes) };
                let blob = convert::for_models(blob, media.kind(), self.modalities).await;
                let blob = blob.map_err(|error| describe(media, mime_type, error.into()))?;
                let Some(left) = self.bytes_left.checked_sub(blob.bytes.len() as u64) else {
                    return Err(describe(media, mime_type, Obstacle::TooLarge));
                };
                self.bytes_left = left;
                Ok(to_part(blob))
            }
            Err(_) => Err(describe(media, mime_type, Obstacle::Unreadable)),
        }
    }

    /// Returns the kind of content part for a file, or `None` if no model accepts the file.
    fn constructor(&self, kind: MediaKind, mime_type: &str) -> Option<fn(Blob) -> ContentPart> {
        let Modalities { images, audio, documents, .. } = self.modalities;
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

/// Returns the tag with the text of a document.
async fn document(media: &Media, mime_type: &str) -> Tag {
    match convert::text(media).await {
        Ok(text) => {
            let shown = text.is_cut.then(|| format!("the first {} kB of its text", text.text.len().div_ceil(1000)));
            media_tag(media, mime_type).attr_if_some("shown", shown).text(&text.text)
        }
        Err(error) => describe(media, mime_type, error.into()),
    }
}

impl From<MediaError> for Obstacle {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Unsupported => Self::Unsupported,
            MediaError::TooLarge | MediaError::TooSlow => Self::TooLarge,
            _ => Self::Unreadable,
        }
    }
}

/// Returns the transcript of the recording of an earlier message. The history has it as the text of the message.
pub(in crate::agent) fn transcript(message: &UserMessage) -> Option<&str> {
    let kind = message.media.as_ref()?.kind();
    let is_recording = matches!(kind, MediaKind::Audio | MediaKind::Voice);
    Some(message.text.as_str()).filter(|text| is_recording && !text.is_empty())
}

/// Returns the tag of a recording with its transcript.
pub(in crate::agent) fn transcribed(media: &Media, transcript: &str) -> Tag {
    Transcript::Text(transcript.to_owned()).describe(media_tag(media, &essence(media.mime_type())))
}

/// Returns the tag of a file of an earlier turn that has no room in the request any more.
pub(in crate::agent) fn hidden(media: &Media) -> Tag {
    media_tag(media, &essence(media.mime_type())).attr("problem", "it is not shown to you any more")
}

/// Returns the tag of a file of an earlier turn that is not kept.
pub(in crate::agent) fn gone(media: &Media) -> Tag {
    media_tag(media, &essence(media.mime_type())).attr("problem", "it is no longer available")
}

/// Returns a description of a content part, for a model that does not accept it. The description of a text is the text.
pub(in crate::agent) fn description(part: &ContentPart) -> String {
    in_place_of(part, Obstacle::Unsupported)
}

/// Returns a description of a content part that the provider of a model refused. The description of a text is the text.
pub(in crate::agent) fn refused(part: &ContentPart) -> String {
    in_place_of(part, Obstacle::Refused)
}

fn in_place_of(part: &ContentPart, obstacle: Obstacle) -> String {
    let (kind, blob) = match part {
        ContentPart::Text(text) => return text.clone(),
        ContentPart::Image(blob) => (MediaKind::Image, blob),
        ContentPart::Audio(blob) => (MediaKind::Audio, blob),
        ContentPart::Document(blob) => (MediaKind::Document, blob),
    };
    let tag = tag(kind, blob.name.as_deref(), &blob.mime_type);
    with_problem(tag, blob.bytes.len() as u64, obstacle).into()
}

fn describe(media: &Media, mime_type: &str, obstacle: Obstacle) -> Tag {
    with_problem(media_tag(media, mime_type), media.len(), obstacle)
}

fn media_tag(media: &Media, mime_type: &str) -> Tag {
    let tag = tag(media.kind(), media.filename(), mime_type);
    tag.attr_if_some("animated", media.is_animated().then_some("yes"))
}

fn tag(kind: MediaKind, filename: Option<&str>, mime_type: &str) -> Tag {
    Tag::new("media").attr("kind", kind.as_str()).attr("type", mime_type).attr_if_some("name", filename)
}

fn with_problem(tag: Tag, len: u64, obstacle: Obstacle) -> Tag {
    let problem = match obstacle {
        Obstacle::Unsupported => "you cannot view it",
        Obstacle::TooLarge => "it is too large for you to view",
        Obstacle::Unreadable => "it cannot be read",
        Obstacle::Refused => "the model provider refused it",
    };
    tag.attr("size", format_args!("{} kB", len.div_ceil(1000))).attr("problem", problem)
}

pub(super) fn is_image(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}
