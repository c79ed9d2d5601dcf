//! The messages of a chat, as both sides see them.

mod choice;

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

pub use choice::{Choice, ChoiceKind};

/// One message of a chat.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChatMessage {
    /// `wamid.…`
    pub id: String,
    /// Who wrote it.
    pub from: Party,
    /// When the emulator took it, by its own clock.
    pub at: SystemTime,
    /// What it says.
    pub content: ChatContent,
    /// The message that it quotes.
    pub reply_to: Option<String>,
    /// The `phone_number_id` of the business number that sent or got it.
    pub number: String,
    /// The group in which it was written.
    pub group: Option<String>,
    /// How far it has come.
    pub state: DeliveryState,
}

impl ChatMessage {
    /// The text, the caption of a medium, or the body of an interactive message or a template.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            ChatContent::Text(text) => Some(text),
            ChatContent::Media(media) => media.caption.as_deref(),
            ChatContent::Template(template) => Some(&template.text),
            ChatContent::Other { kind, body } if kind == "interactive" => body["body"]["text"].as_str(),
            ChatContent::Other { .. } => None,
        }
    }

    /// The picture, video, sound, file or sticker.
    pub fn media(&self) -> Option<&ChatMedia> {
        match &self.content {
            ChatContent::Media(media) => Some(media),
            _ => None,
        }
    }
}

/// The id, so that a message can be given wherever an id is asked for.
impl AsRef<str> for ChatMessage {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for ChatMessage {
    /// One line for a person who reads a failed test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)?;
        let choices: Vec<_> = self.choices().into_iter().map(|choice| choice.title).collect();
        if !choices.is_empty() {
            write!(f, " [{}]", choices.join(" | "))?;
        }
        if let Some(quoted) = &self.reply_to {
            write!(f, " quoting {quoted}")?;
        }
        Ok(())
    }
}

/// A side of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The emulated WhatsApp user.
    User,
    /// The business: the server under test.
    Business,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ChatContent {
    /// A text message.
    Text(String),
    /// A picture, a video, a sound, a file or a sticker.
    Media(ChatMedia),
    /// A template of the business, with what was put into it.
    Template(ChatTemplate),
    /// Any other type that Meta knows.
    Other {
        /// Meta's name of the type, such as `location`.
        kind: String,
        /// The object of that name.
        body: Value,
    },
}

impl ChatContent {
    /// Meta's name of the type.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Media(media) => media.kind.name(),
            Self::Template(_) => "template",
            Self::Other { kind, .. } => kind,
        }
    }
}

impl fmt::Display for ChatContent {
    /// One line for a person who reads a failed test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "the text {text:?}"),
            Self::Media(media) => {
                write!(f, "{} ({}, {} bytes", media.kind.name(), media.mime_type, media.bytes.len())?;
                if let Some(caption) = &media.caption {
                    write!(f, ", caption {caption:?}")?;
                }
                f.write_str(")")
            }
            Self::Template(template) => write!(f, "the template {} {:?}", template.name, template.text),
            Self::Other { kind, body } => match (kind.as_str(), &body["body"]["text"], &body["type"]) {
                // The rest of it is shown as what can be tapped.
                ("interactive", Value::String(text), Value::String(kind)) => write!(f, "interactive {kind} {text:?}"),
                _ => write!(f, "{kind} {body}"),
            },
        }
    }
}

/// A template as the user sees it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ChatTemplate {
    /// Its name.
    pub name: String,
    /// Its language, such as `en_US`.
    pub language: String,
    /// Its body, with the parameters in their places.
    pub text: String,
    /// Its quick replies.
    pub quick_replies: Vec<Choice>,
    /// The object `template` as the business sent it.
    pub body: Value,
}

/// A picture, a video, a sound, a file or a sticker with its bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatMedia {
    /// What it is sent as.
    pub kind: MediaKind,
    /// Meta's id of the bytes.
    pub id: String,
    /// The MIME type as declared.
    pub mime_type: String,
    /// The content.
    pub bytes: Bytes,
    /// The text below it.
    pub caption: Option<String>,
    /// The name of a document.
    pub filename: Option<String>,
    /// True for a voice note.
    pub voice: bool,
}

impl fmt::Debug for ChatMedia {
    /// Tells the size instead of the bytes.
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

/// What a medium is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound or a voice note.
    Audio,
    /// Any file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// Meta's name: the `type` of the message and the name of its object.
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

/// How far a message has come. A later state includes the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Taken: of the business's messages, answered with 200; of the user's, on its way to the webhook.
    Accepted,
    /// The business's message has left.
    Sent,
    /// The business's message is on the phone; the user's was acknowledged by the webhook with 200.
    Delivered,
    /// The other side has read it.
    Read,
    /// The user has listened to the business's voice note.
    Played,
    /// It was accepted and will never arrive.
    Failed {
        /// Meta's code.
        code: u32,
    },
}

impl DeliveryState {
    /// Meta's word for it in a status webhook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed { .. } => "failed",
        }
    }
}
