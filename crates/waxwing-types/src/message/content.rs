//! Content of an outbound message, one variant per message type.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::{
    Audio, ContactCard, Document, Image, Interactive, LocationMessage, MediaSource, Pin, RawContent, Reaction, Sticker,
    TemplateMessage, Text, Video, contact_card, media,
};
use crate::validation::ValidationError;

/// Content of an outbound message.
///
/// Serialization gives the object that Meta reads, under the name of the message type: `{"text":{"body":"hi"}}`. Deserialization
/// reads the same form back, so content can be stored as JSON and sent unchanged. [Raw content](RawContent) is stored under `raw`. `Debug` hides everything that a user reads.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
///
/// ```
/// use waxwing_types::{Image, MediaId, OutboundContent};
///
/// let content = OutboundContent::from(Image::new(MediaId::new("77")).caption("Our menu"));
/// assert_eq!((content.kind(), content.text()), ("image", Some("Our menu")));
///
/// let json = serde_json::to_string(&content)?;
/// assert_eq!(json, r#"{"image":{"id":"77","caption":"Our menu"}}"#);
/// assert_eq!(serde_json::from_str::<OutboundContent>(&json)?, content);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutboundContent {
    /// Text message.
    Text(Text),
    /// Image, JPEG or PNG.
    Image(Image),
    /// Video, MP4 or 3GPP.
    Video(Video),
    /// Audio file or voice note.
    Audio(Audio),
    /// Document of any type.
    Document(Document),
    /// Sticker, WebP.
    Sticker(Sticker),
    /// Location on a map.
    Location(LocationMessage),
    /// Contact cards, at most [`limits::CONTACTS`](crate::limits::CONTACTS).
    Contacts(Vec<ContactCard>),
    /// Emoji reaction to an earlier message.
    Reaction(Reaction),
    /// Pin of a message in a group, or its removal.
    Pin(Pin),
    /// Text with something to tap, such as buttons, a list, a link, a form or products.
    Interactive(Interactive),
    /// Approved message template with its parameters.
    Template(TemplateMessage),
    /// Content that this crate does not know.
    Raw(RawContent),
}

impl OutboundContent {
    /// Returns Meta's name of the message type, or `raw` for raw content.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Reaction(_) => "reaction",
            Self::Pin(_) => "pin",
            Self::Interactive(_) => "interactive",
            Self::Template(_) => "template",
            Self::Raw(_) => "raw",
        }
    }

    /// Returns whether Meta takes the content only within 24 hours after a message of the user: everything but templates.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>
    ///
    /// ```
    /// use waxwing_types::{OutboundContent, TemplateMessage, Text};
    ///
    /// assert!(OutboundContent::from(Text::new("Hello!")).needs_service_window());
    /// assert!(!OutboundContent::from(TemplateMessage::new("hello_world", "en_US")).needs_service_window());
    /// ```
    pub fn needs_service_window(&self) -> bool {
        self.sent_kind() != "template"
    }

    /// Returns the value of the JSON field `type`.
    pub(super) fn sent_kind(&self) -> &str {
        match self {
            Self::Raw(raw) => &raw.kind,
            content => content.kind(),
        }
    }

    /// Returns the text that the user reads: the body of a text or interactive message, or the caption of a media message.
    ///
    /// Other message types, templates among them, have none.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.body),
            Self::Image(image) => image.caption.as_deref(),
            Self::Video(video) => video.caption.as_deref(),
            Self::Document(document) => document.caption.as_deref(),
            Self::Interactive(interactive) => Some(interactive.body.as_str()).filter(|body| !body.is_empty()),
            Self::Audio(_)
            | Self::Sticker(_)
            | Self::Location(_)
            | Self::Contacts(_)
            | Self::Reaction(_)
            | Self::Pin(_)
            | Self::Template(_)
            | Self::Raw(_) => None,
        }
    }

    /// Returns the source of the media file of a media message, or of the header of an interactive message or of a template. Media in the cards of
    /// carousels do not count.
    pub fn media(&self) -> Option<&MediaSource> {
        match self {
            Self::Image(image) => Some(&image.source),
            Self::Video(video) => Some(&video.source),
            Self::Audio(audio) => Some(&audio.source),
            Self::Document(document) => Some(&document.source),
            Self::Sticker(sticker) => Some(&sticker.source),
            Self::Interactive(interactive) => interactive.header.as_ref()?.media(),
            Self::Template(template) => template.header_media(),
            _ => None,
        }
    }

    /// Returns the source of the media file for replacement, for example by the id of an upload.
    pub fn media_mut(&mut self) -> Option<&mut MediaSource> {
        match self {
            Self::Image(image) => Some(&mut image.source),
            Self::Video(video) => Some(&mut video.source),
            Self::Audio(audio) => Some(&mut audio.source),
            Self::Document(document) => Some(&mut document.source),
            Self::Sticker(sticker) => Some(&mut sticker.source),
            Self::Interactive(interactive) => interactive.header.as_mut()?.media_mut(),
            Self::Template(template) => template.header_media_mut(),
            _ => None,
        }
    }

    /// Returns true if groups accept this message type: text, media, templates and pins. Of raw content, Meta decides.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
    pub fn is_allowed_in_groups(&self) -> bool {
        !matches!(self, Self::Location(_) | Self::Contacts(_) | Self::Reaction(_) | Self::Interactive(_))
    }

    /// Checks the content against Meta's limits.
    ///
    /// # Errors
    ///
    /// Returns the first field that Meta would refuse.
    pub fn validate(&self) -> Result<(), ValidationError> {
        match self {
            Self::Text(text) => text.validate(),
            Self::Image(Image { source, caption }) => {
                media::validate_captioned(source, "image.caption", caption.as_deref())
            }
            Self::Video(Video { source, caption }) => {
                media::validate_captioned(source, "video.caption", caption.as_deref())
            }
            Self::Document(Document { source, caption, .. }) => {
                media::validate_captioned(source, "document.caption", caption.as_deref())
            }
            Self::Audio(Audio { source, .. }) | Self::Sticker(Sticker { source }) => media::validate(source),
            Self::Location(location) => location.validate(),
            Self::Contacts(contacts) => contact_card::validate(contacts),
            Self::Reaction(reaction) => reaction.validate(),
            Self::Pin(pin) => pin.validate(),
            Self::Interactive(interactive) => interactive.validate(),
            Self::Template(template) => template.validate(),
            Self::Raw(raw) => raw.validate(),
        }
    }

    /// Writes the content as an entry of `map`, under the name of the message type.
    pub(super) fn serialize_entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let kind = self.sent_kind();
        match self {
            Self::Text(text) => map.serialize_entry(kind, text),
            Self::Image(image) => map.serialize_entry(kind, image),
            Self::Video(video) => map.serialize_entry(kind, video),
            Self::Audio(audio) => map.serialize_entry(kind, audio),
            Self::Document(document) => map.serialize_entry(kind, document),
            Self::Sticker(sticker) => map.serialize_entry(kind, sticker),
            Self::Location(location) => map.serialize_entry(kind, location),
            Self::Contacts(contacts) => map.serialize_entry(kind, contacts),
            Self::Reaction(reaction) => map.serialize_entry(kind, reaction),
            Self::Pin(pin) => map.serialize_entry(kind, pin),
            Self::Interactive(interactive) => map.serialize_entry(kind, interactive),
            Self::Template(template) => map.serialize_entry(kind, template),
            Self::Raw(raw) => map.serialize_entry(kind, &raw.object),
        }
    }
}

macro_rules! content_from {
    ($($variant:ident($content:ident)),*) => {
        $(impl From<$content> for OutboundContent {
            fn from(content: $content) -> Self {
                Self::$variant(content)
            }
        })*
    };
}
content_from!(
    Text(Text),
    Image(Image),
    Video(Video),
    Audio(Audio),
    Document(Document),
    Sticker(Sticker),
    Location(LocationMessage),
    Reaction(Reaction),
    Pin(Pin),
    Interactive(Interactive),
    Template(TemplateMessage),
    Raw(RawContent)
);

impl From<ContactCard> for OutboundContent {
    fn from(contact: ContactCard) -> Self {
        Self::Contacts(vec![contact])
    }
}

impl From<Vec<ContactCard>> for OutboundContent {
    fn from(contacts: Vec<ContactCard>) -> Self {
        Self::Contacts(contacts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::check_invalid;
    use super::*;
    use crate::MediaId;

    #[test]
    fn limits_are_counted_in_utf16_units() {
        let text = |body: String| OutboundContent::from(Text::new(body)).validate();
        assert_eq!(text("a".repeat(4096)), Ok(()));
        assert_eq!(text("😀".repeat(2048)), Ok(()));
        assert_eq!(
            text("😀".repeat(2049)),
            Err(ValidationError::TooLong { field: "text.body", length: 4098, limit: 4096 })
        );
        assert_eq!(text(" \n".into()), Err(ValidationError::Empty { field: "text.body" }));
        let image = Image::new(MediaId::new("1")).caption("x".repeat(1025));
        check_invalid(image, &ValidationError::TooLong { field: "image.caption", length: 1025, limit: 1024 });
        check_invalid(Image::new(MediaId::new("")), &ValidationError::Empty { field: "id" });
    }

    #[test]
    fn media_mut_replaces_the_source_of_media_messages_only() {
        let mut image = OutboundContent::from(Image::new(MediaId::new("1")));
        *image.media_mut().unwrap() = MediaId::new("2").into();
        assert_eq!(image.media(), Some(&MediaSource::Id(MediaId::new("2"))));
        assert_eq!(OutboundContent::from(Text::new("hi")).media_mut(), None);
    }

    #[test]
    fn groups_accept_text_media_and_templates() {
        assert!(OutboundContent::from(Text::new("hi")).is_allowed_in_groups());
        assert!(OutboundContent::from(Image::new(MediaId::new("1"))).is_allowed_in_groups());
        assert!(OutboundContent::from(TemplateMessage::new("order", "es")).is_allowed_in_groups());
        assert!(!OutboundContent::from(Interactive::location_request("Where?")).is_allowed_in_groups());
        assert!(!OutboundContent::from(ContactCard::new("Bea")).is_allowed_in_groups());
    }
}
