//! Part of a message that the business sent.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::link::Link;
use crate::location::Location;
use crate::media::{Media, MediaKind};
use crate::question::Question;
use crate::reply_part::ReplyPart;
use crate::template::Template;

/// Part of a message that the business sent: a [`ReplyPart`] without the bytes of its media.
///
/// The serialized form is stored for years, so fields and variants are added and never changed. `Debug` output contains no text.
///
/// ```
/// use waxwing_agent::{Question, ReplyPart, SentPart};
///
/// let question = Question::new("Which size?").choice("s", "Small").choice("l", "Large");
/// let sent = SentPart::from(&ReplyPart::from(question));
/// assert_eq!(sent.plain_text().as_deref(), Some("Which size?\n\n1. Small\n2. Large"));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SentPart {
    /// Text.
    Text(String),
    /// Text in Markdown, as the agent wrote it.
    Markdown(String),
    /// Image, audio, video or file.
    Media(SentMedia),
    /// Question with choices.
    Question(Question),
    /// Button that opens a web page.
    Link(Link),
    /// Place on the map.
    Location(Location),
    /// Text in Markdown that asks the user for a location.
    LocationRequest(String),
    /// Contact card.
    Contact(Contact),
    /// Message that the channel has approved beforehand.
    Template(Template),
    /// Emoji reaction to a message of the user. An empty emoji removes an earlier reaction.
    Reaction {
        /// [Id](crate::UserMessage::id) of the message.
        message: String,
        /// Emoji.
        emoji: String,
    },
    /// Part of a form that this version does not know.
    #[serde(other)]
    Unknown,
}

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
}

impl SentMedia {
    /// Creates a description without file name and size.
    pub fn new(kind: MediaKind, mime_type: impl Into<String>) -> Self {
        Self { kind, mime_type: mime_type.into(), filename: None, size: 0 }
    }
}

impl From<&Media> for SentMedia {
    fn from(media: &Media) -> Self {
        Self {
            kind: media.kind(),
            mime_type: media.mime_type().to_owned(),
            filename: media.filename().map(str::to_owned),
            size: media.len(),
        }
    }
}

impl From<&ReplyPart> for SentPart {
    fn from(part: &ReplyPart) -> Self {
        match part {
            ReplyPart::Text(text) => Self::Text(text.clone()),
            ReplyPart::Markdown(text) => Self::Markdown(text.clone()),
            ReplyPart::Media(media) => Self::Media(media.into()),
            ReplyPart::Question(question) => Self::Question(question.clone()),
            ReplyPart::Link(link) => Self::Link(link.clone()),
            ReplyPart::Location(location) => Self::Location(location.clone()),
            ReplyPart::LocationRequest(text) => Self::LocationRequest(text.clone()),
            ReplyPart::Contact(contact) => Self::Contact(contact.clone()),
            ReplyPart::Template(template) => Self::Template(template.clone()),
            ReplyPart::Reaction { message, emoji } => Self::Reaction { message: message.clone(), emoji: emoji.clone() },
        }
    }
}

impl SentPart {
    /// Returns the part as plain text. Media, removed reactions and unknown parts have no text.
    pub fn plain_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) | Self::Markdown(text) | Self::LocationRequest(text) => Some(text.into()),
            Self::Question(question) => Some(question.plain_text().into()),
            Self::Link(link) => Some(link.plain_text().into()),
            Self::Location(location) => Some(location.to_string().into()),
            Self::Contact(contact) => Some(contact.to_string().into()),
            Self::Template(template) => Some(template.plain_text().into()),
            Self::Reaction { emoji, .. } if !emoji.is_empty() => Some(emoji.into()),
            Self::Reaction { .. } | Self::Media(_) | Self::Unknown => None,
        }
    }

    /// Returns the kind of the media, if the part is media.
    pub fn media_kind(&self) -> Option<MediaKind> {
        match self {
            Self::Media(media) => Some(media.kind),
            _ => None,
        }
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

impl fmt::Debug for SentPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Markdown(_) => "Markdown",
            Self::Media(media) => return fmt::Debug::fmt(media, f),
            Self::Question(_) => "Question",
            Self::Link(_) => "Link",
            Self::Location(_) => "Location",
            Self::LocationRequest(_) => "LocationRequest",
            Self::Contact(_) => "Contact",
            Self::Template(_) => "Template",
            Self::Reaction { .. } => "Reaction",
            Self::Unknown => "Unknown",
        })
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
        assert_eq!((part.media_kind(), part.plain_text()), (Some(MediaKind::Document), None));
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
