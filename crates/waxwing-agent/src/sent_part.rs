//! Part of a message that the business sent.

use std::convert::Infallible;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::media::{Media, MediaKind};
use crate::reply_part::{MessagePart, ReplyPart};

/// Part of a message that the business sent: a [`ReplyPart`] with a description of its media.
///
/// ```
/// use waxwing_agent::{Question, ReplyPart, SentPart};
///
/// let question = Question::new("Which size?").choice("s", "Small").choice("l", "Large");
/// let sent = SentPart::from(&ReplyPart::from(question));
/// assert_eq!(sent.plain_text().as_deref(), Some("Which size?\n\n1. Small\n2. Large"));
/// ```
pub type SentPart = MessagePart<SentMedia>;

/// Description of media that the business sent. `Debug` output does not contain the file name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SentMedia {
    /// Kind.
    pub kind: MediaKind,
    /// MIME type.
    pub mime_type: String,
    /// File name that the user sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
    /// Media that a person of the business sent in the WhatsApp Business app, as long as they are kept.
    #[serde(skip)]
    pub file: Option<Media>,
}

impl SentMedia {
    /// Creates a description without file name and size.
    pub fn new(kind: MediaKind, mime_type: impl Into<String>) -> Self {
        Self { kind, mime_type: mime_type.into(), filename: None, size: 0, file: None }
    }
}

impl From<&Media> for SentMedia {
    fn from(media: &Media) -> Self {
        Self {
            kind: media.kind(),
            mime_type: media.mime_type().to_owned(),
            filename: media.filename().map(str::to_owned),
            size: media.len(),
            file: None,
        }
    }
}

impl From<&ReplyPart> for SentPart {
    fn from(part: &ReplyPart) -> Self {
        let described: Result<Self, Infallible> = part.clone().try_with_media(|media| Ok(SentMedia::from(&media)));
        let Ok(described) = described;
        described
    }
}

impl fmt::Debug for SentMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMedia")
            .field("kind", &self.kind)
            .field("mime_type", &self.mime_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_is_kept_without_the_bytes_of_its_media() {
        let part = ReplyPart::from(Media::document("menu.pdf", "application/pdf", &b"%PDF-"[..]));
        let stored =
            json!({"media": {"kind": "document", "mime_type": "application/pdf", "filename": "menu.pdf", "size": 5}});
        assert_eq!(serde_json::to_value(SentPart::from(&part)).unwrap(), stored);
        let part: SentPart = serde_json::from_value(stored).unwrap();
        assert_eq!((part.media().map(|media| media.kind), part.plain_text()), (Some(MediaKind::Document), None));
    }

    #[test]
    fn debug_output_has_no_text() {
        let parts = [
            SentPart::from(&ReplyPart::from(Media::document("secret.txt", "text/plain", &b"secret"[..]))),
            SentPart::Text("secret".into()),
            SentPart::Reaction { message: "secret".into(), emoji: "secret".into() },
        ];
        assert!(!format!("{parts:?}").contains("secret"), "{parts:?}");
    }
}
