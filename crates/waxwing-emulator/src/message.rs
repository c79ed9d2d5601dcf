//! Messages of a chat.

mod choice;
mod media;
mod state;
mod user_content;

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::unix_time;

pub use choice::{Choice, ChoiceKind};
pub use media::{ChatMedia, MediaKind};
pub use state::DeliveryState;
pub(crate) use user_content::UserContent;

/// One message of a chat, sent by the user or by the business.
///
/// `Debug` and `Display` show the text, because a failed expectation has to print the conversation. The data is emulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatMessage {
    /// Message id, `wamid.…`.
    pub id: String,
    /// Sender of the message.
    pub from: Party,
    /// Time at which the emulator accepted the message, by the emulator's clock.
    #[serde(with = "unix_time")]
    pub at: SystemTime,
    /// Content of the message.
    pub content: ChatContent,
    /// Id of the quoted message.
    pub reply_to: Option<String>,
    /// `phone_number_id` of the business number in this chat.
    pub number: String,
    /// Id of the group, for a group message.
    pub group: Option<String>,
    /// Delivery state.
    pub state: DeliveryState,
    /// Whether the business sent the message without a template, by its category (Direct Send).
    pub is_direct_send: bool,
    /// Body of the request by which the business sent the message; `None` for all other messages.
    pub request: Option<Value>,
}

impl ChatMessage {
    /// Returns the text: the body of a text, interactive or template message, or the caption of a media message.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            ChatContent::Text(text) => Some(text),
            ChatContent::Media(media) => media.caption.as_deref(),
            ChatContent::Template(template) => Some(&template.text),
            ChatContent::Other { kind, body } if kind == "interactive" => body["body"]["text"].as_str(),
            ChatContent::Other { .. } => None,
        }
    }

    /// Returns the media object of a media message.
    pub fn media(&self) -> Option<&ChatMedia> {
        match &self.content {
            ChatContent::Media(media) => Some(media),
            _ => None,
        }
    }
}

/// Returns the message id, so that a message can be passed wherever an id is expected.
impl AsRef<str> for ChatMessage {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for ChatMessage {
    /// Formats the message as one line of a test failure.
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

/// Participant of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Emulated WhatsApp user.
    User,
    /// Business, that is, the server under test.
    Business,
}

/// Content of a message.
///
/// `Debug` and `Display` show the text, because a failed expectation has to print the conversation. The data is emulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChatContent {
    /// Text message.
    Text(String),
    /// Image, video, audio, document or sticker.
    Media(ChatMedia),
    /// Template message of the business with its parameters filled in.
    Template(ChatTemplate),
    /// Message of any other type.
    Other {
        /// Meta's name of the type, such as `location`.
        kind: String,
        /// JSON object under that name.
        body: Value,
    },
}

impl ChatContent {
    /// Returns Meta's name of the message type.
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
    /// Formats the content as one line of a test failure.
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
                // `ChatMessage` prints the choices of an interactive message.
                ("interactive", Value::String(text), Value::String(kind)) => write!(f, "interactive {kind} {text:?}"),
                _ => write!(f, "{kind} {body}"),
            },
        }
    }
}

/// Template message as the user sees it.
///
/// `Debug` shows the text, because a failed expectation has to print the conversation. The data is emulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatTemplate {
    /// Name of the template.
    pub name: String,
    /// Language code, such as `en_US`.
    pub language: String,
    /// Body text with the parameters filled in.
    pub text: String,
    /// Quick replies from top to bottom.
    pub quick_replies: Vec<Choice>,
    /// Header, body, footer, buttons and cards with the parameters filled in.
    pub layout: Value,
    /// Object `template` of the request that sent the message.
    pub body: Value,
}
