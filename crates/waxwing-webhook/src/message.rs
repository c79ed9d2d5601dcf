//! What one message says, read when it is answered rather than when it comes in.

mod shared;

use std::fmt;

use bytes::Bytes;

use waxwing_types::{Bsuid, MediaId, MessageId, WaId};

use crate::lenient::Fields;

pub use shared::{InboundContact, InboundContactPhone, InboundLocation, InteractiveReply};

/// A message, in full.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Meta's id of the message.
    pub id: MessageId,
    /// When it was sent, in seconds since 1970; 0 if the webhook does not tell.
    pub timestamp: i64,
    /// What it refers to.
    pub context: Option<MessageContext>,
    /// What it says.
    pub content: InboundContent,
}

/// What a message refers to: a reply names the message that it quotes, a forwarded one names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageContext {
    /// The message that is quoted.
    pub id: Option<MessageId>,
    /// Who wrote that message: the business number itself, or a user.
    pub from: Option<WaId>,
    /// The same by business-scoped id.
    pub from_bsuid: Option<Bsuid>,
    /// The user forwarded the message.
    pub forwarded: bool,
    /// It has been forwarded many times.
    pub frequently_forwarded: bool,
}

/// What a message says.
///
/// `Debug` hides texts, captions, file names, places, people and emoji.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundContent {
    /// Words.
    Text {
        /// The words, with WhatsApp's own formatting marks.
        body: String,
    },
    /// A picture.
    Image(InboundMedia),
    /// A video.
    Video(InboundMedia),
    /// A sound or a voice note.
    Audio(InboundMedia),
    /// A file.
    Document(InboundMedia),
    /// A sticker, in WebP.
    Sticker(InboundMedia),
    /// A tap on a reply button.
    ButtonReply(InteractiveReply),
    /// A tap on a row of a list.
    ListReply(InteractiveReply),
    /// A tap on a quick reply of a template.
    QuickReply(InteractiveReply),
    /// A place.
    Location(InboundLocation),
    /// Cards of people or businesses; at least one.
    Contacts(Vec<InboundContact>),
    /// An emoji on an earlier message.
    Reaction {
        /// The message that it is put on.
        message_id: MessageId,
        /// The emoji; none if an earlier one is taken back.
        emoji: Option<String>,
    },
    /// A type that this crate does not read, or a known one whose body is missing or broken.
    Unsupported {
        /// Meta's name for the type; empty if there is none.
        kind: String,
        /// The whole message object.
        raw: Bytes,
    },
}

/// A medium, to be looked up and downloaded by its id within seven days.
///
/// `Debug` hides what the user wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMedia {
    /// Meta's id of it.
    pub id: MediaId,
    /// Its type, with parameters if Meta gives them: `audio/ogg; codecs=opus`.
    pub mime_type: Option<String>,
    /// Its digest as Meta writes it, in base64 or in hexadecimal.
    pub sha256: Option<String>,
    /// The words under it.
    pub caption: Option<String>,
    /// The name of a document. The user chose it: never use it as a path.
    pub filename: Option<String>,
    /// The audio was recorded in the chat.
    pub voice: bool,
    /// The sticker moves.
    pub animated: bool,
}

/// The bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object with an id")]
pub struct MessageParseError;

impl InboundMessage {
    /// Reads the raw part of a [`MessageEvent`](crate::MessageEvent).
    ///
    /// # Errors
    ///
    /// Fails if `raw` is not a JSON object with an id, which the raw part of a message event always is.
    pub fn parse(raw: &[u8]) -> Result<Self, MessageParseError> {
        let message = std::str::from_utf8(raw).ok().and_then(Fields::parse).ok_or(MessageParseError)?;
        Ok(Self {
            id: message.string("id").map(MessageId::new).ok_or(MessageParseError)?,
            timestamp: message.integer("timestamp").unwrap_or(0),
            context: message.object("context").map(|context| MessageContext::read(&context)),
            content: InboundContent::read(&message, raw),
        })
    }
}

impl MessageContext {
    fn read(context: &Fields<'_>) -> Self {
        Self {
            id: context.string("id").map(MessageId::new),
            from: context.string("from").map(WaId::new),
            from_bsuid: context.string("from_user_id").map(Bsuid::new),
            forwarded: context.is_true("forwarded"),
            frequently_forwarded: context.is_true("frequently_forwarded"),
        }
    }
}

impl InboundContent {
    fn read(message: &Fields<'_>, raw: &[u8]) -> Self {
        let kind = message.word("type").unwrap_or_default();
        let body = message.object(&kind);
        let media = || body.as_ref().and_then(InboundMedia::read);
        let content = match &*kind {
            "text" => body.as_ref().and_then(|text| text.string("body")).map(|body| Self::Text { body }),
            "image" => media().map(Self::Image),
            "video" => media().map(Self::Video),
            "audio" => media().map(Self::Audio),
            "document" => media().map(Self::Document),
            "sticker" => media().map(Self::Sticker),
            "interactive" => body.as_ref().and_then(Self::read_interactive),
            "button" => body.as_ref().and_then(InteractiveReply::read_quick_reply).map(Self::QuickReply),
            "location" => body.as_ref().and_then(InboundLocation::read).map(Self::Location),
            "contacts" => message.get("contacts").and_then(InboundContact::read_all).map(Self::Contacts),
            "reaction" => body.as_ref().and_then(Self::read_reaction),
            _ => None,
        };
        content.unwrap_or_else(|| Self::Unsupported { kind, raw: Bytes::copy_from_slice(raw) })
    }

    fn read_interactive(interactive: &Fields<'_>) -> Option<Self> {
        let kind = interactive.word("type")?;
        let reply = interactive.object(&kind).and_then(|reply| InteractiveReply::read(&reply));
        match &*kind {
            "button_reply" => reply.map(Self::ButtonReply),
            "list_reply" => reply.map(Self::ListReply),
            _ => None,
        }
    }

    fn read_reaction(reaction: &Fields<'_>) -> Option<Self> {
        let message_id = reaction.string("message_id").map(MessageId::new)?;
        Some(Self::Reaction { message_id, emoji: reaction.string("emoji") })
    }

    /// Meta's name for the type of message, such as `text`; empty if the message has none.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::ButtonReply(_) | Self::ListReply(_) => "interactive",
            Self::QuickReply(_) => "button",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Reaction { .. } => "reaction",
            Self::Unsupported { kind, .. } => kind,
        }
    }

    /// The medium, if the message is one.
    pub fn media(&self) -> Option<&InboundMedia> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Audio(media)
            | Self::Document(media)
            | Self::Sticker(media) => Some(media),
            _ => None,
        }
    }
}

impl InboundMedia {
    fn read(media: &Fields<'_>) -> Option<Self> {
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

impl fmt::Debug for InboundContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { body } => write!(f, "Text([{} bytes])", body.len()),
            Self::Image(media) => f.debug_tuple("Image").field(media).finish(),
            Self::Video(media) => f.debug_tuple("Video").field(media).finish(),
            Self::Audio(media) => f.debug_tuple("Audio").field(media).finish(),
            Self::Document(media) => f.debug_tuple("Document").field(media).finish(),
            Self::Sticker(media) => f.debug_tuple("Sticker").field(media).finish(),
            Self::ButtonReply(tapped) => f.debug_tuple("ButtonReply").field(tapped).finish(),
            Self::ListReply(tapped) => f.debug_tuple("ListReply").field(tapped).finish(),
            Self::QuickReply(tapped) => f.debug_tuple("QuickReply").field(tapped).finish(),
            Self::Location(location) => f.debug_tuple("Location").field(location).finish(),
            Self::Contacts(contacts) => f.debug_tuple("Contacts").field(contacts).finish(),
            Self::Reaction { message_id, emoji } => {
                f.debug_struct("Reaction").field("message_id", message_id).field("emoji", &emoji.is_some()).finish()
            }
            Self::Unsupported { kind, raw } => write!(f, "Unsupported({kind:?}, [{} bytes])", raw.len()),
        }
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
