//! Media as a model gets them, or what can be said of them.

use waxwing_agent::{Media, MediaKind};

use super::{Budget, quoted};
use crate::agent::transcription::Transcript;
use crate::{Blob, ContentPart};

/// The largest text file that is given as text, in bytes.
const MAX_TEXT_FILE: u64 = 64 * 1024;

/// A medium if it can be given to a model, else what can be said of it.
pub(super) async fn medium(media: &Media, budget: &mut Budget) -> ContentPart {
    let mime_type = media.mime_type().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = mime_type.starts_with("text/") || mime_type == "application/json";
    let is_document = media.kind() == MediaKind::Document;
    let make: fn(Blob) -> ContentPart = match media.kind() {
        MediaKind::Audio | MediaKind::Voice if budget.modalities.audio => ContentPart::Audio,
        MediaKind::Document if budget.modalities.documents && mime_type == "application/pdf" => ContentPart::Document,
        MediaKind::Image | MediaKind::Sticker | MediaKind::Document
            if budget.modalities.images && is_picture(&mime_type) =>
        {
            ContentPart::Image
        }
        _ if is_document && is_text && media.len() <= MAX_TEXT_FILE => return text_file(media).await,
        _ => {
            return ContentPart::Text(unseen(
                media.kind().as_str(),
                media.filename(),
                &mime_type,
                media.len(),
                "cannot see",
            ));
        }
    };
    if media.len() > budget.bytes {
        return ContentPart::Text(unseen(
            media.kind().as_str(),
            media.filename(),
            &mime_type,
            media.len(),
            "cannot see, for its size",
        ));
    }
    match media.read().await {
        Ok(bytes) => {
            budget.bytes -= media.len();
            make(Blob { mime_type, name: media.filename().map(str::to_owned), bytes })
        }
        Err(_) => {
            ContentPart::Text(unseen(media.kind().as_str(), media.filename(), &mime_type, media.len(), "cannot open"))
        }
    }
}

async fn text_file(media: &Media) -> ContentPart {
    let text = media.read().await.ok().and_then(|bytes| String::from_utf8(bytes.into()).ok());
    ContentPart::Text(match text {
        Some(text) => format!("[The user sent the file {}:]\n{text}\n[End of the file.]", name(media.filename())),
        None => unseen(media.kind().as_str(), media.filename(), media.mime_type(), media.len(), "cannot open"),
    })
}

/// What can be said of a medium that a model does not take.
pub(in crate::agent) fn description(content: &ContentPart) -> String {
    let (kind, blob) = match content {
        ContentPart::Text(text) => return text.clone(),
        ContentPart::Image(blob) => (MediaKind::Image, blob),
        ContentPart::Audio(blob) => (MediaKind::Audio, blob),
        ContentPart::Document(blob) => (MediaKind::Document, blob),
    };
    unseen(kind.as_str(), blob.name.as_deref(), &blob.mime_type, blob.bytes.len() as u64, "cannot see")
}

fn unseen(kind: &str, filename: Option<&str>, mime_type: &str, len: u64, why: &str) -> String {
    let name = filename.map(|filename| format!("{}, ", name(Some(filename)))).unwrap_or_default();
    format!("[The user sent a medium that you {why}: {kind} ({name}{mime_type}, {} kB)]", len.div_ceil(1000))
}

fn name(filename: Option<&str>) -> String {
    filename.map_or_else(|| "without a name".to_owned(), quoted)
}

/// What was said in a sound.
pub(super) fn spoken(media: &Media, transcript: &Transcript) -> ContentPart {
    let kind = media.kind().as_str();
    ContentPart::Text(match transcript {
        Transcript::Words(words) if words.is_empty() => format!("[The user sent a medium without words: {kind}]"),
        Transcript::Words(words) => {
            format!("[The user said this aloud, in a medium of the kind {kind}; the words may be misheard:]\n{words}")
        }
        Transcript::Unknown(why) => {
            format!("[The user sent a medium that cannot be put into words: {kind}. Reason: {why}]")
        }
    })
}

fn is_picture(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}
