//! Outbound messages, in the form in which Meta takes them.
//!
//! [`Content`] serialises to the object that Meta names after the message's type (`{"text":{"body":"hi"}}`), and reads itself back
//! from it, so what waits in an outbox and what goes over the wire are the same thing.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::limits::{self, Invalid};
use crate::{Address, MediaId, MessageId};

/// One message to one recipient: the body of `POST /{phone_number_id}/messages`.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// To whom it goes.
    pub to: Address,
    /// What it says.
    pub content: Content,
    /// The message that it quotes.
    pub reply_to: Option<MessageId>,
    /// Comes back in every status of this message (`biz_opaque_callback_data`).
    pub callback_data: Option<String>,
}

impl OutboundMessage {
    /// A message that quotes nothing.
    pub fn new(to: impl Into<Address>, content: impl Into<Content>) -> Self {
        Self { to: to.into(), content: content.into(), reply_to: None, callback_data: None }
    }

    /// Quotes an earlier message of the same chat.
    pub fn reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// Asks Meta to hand `data` back in every status of this message.
    pub fn callback_data(mut self, data: impl Into<String>) -> Self {
        self.callback_data = Some(data.into());
        self
    }

    /// Checks the message against Meta's limits.
    ///
    /// # Errors
    ///
    /// Names the first field that Meta would refuse.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let Some(data) = &self.callback_data {
            limits::at_most("biz_opaque_callback_data", data, limits::CALLBACK_DATA)?;
        }
        self.content.validate()
    }
}

impl Serialize for OutboundMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Context<'a> {
            message_id: &'a MessageId,
        }

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messaging_product", "whatsapp")?;
        let recipient_type = if self.to.is_group() { "group" } else { "individual" };
        map.serialize_entry("recipient_type", recipient_type)?;
        match &self.to {
            Address::Phone(id) => map.serialize_entry("to", id)?,
            Address::Group(id) => map.serialize_entry("to", id)?,
            Address::Bsuid(id) => map.serialize_entry("recipient", id)?,
        }
        if let Some(message_id) = &self.reply_to {
            map.serialize_entry("context", &Context { message_id })?;
        }
        if let Some(data) = &self.callback_data {
            map.serialize_entry("biz_opaque_callback_data", data)?;
        }
        map.serialize_entry("type", self.content.kind())?;
        match &self.content {
            Content::Text(text) => map.serialize_entry("text", text)?,
            Content::Image(image) => map.serialize_entry("image", image)?,
            Content::Video(video) => map.serialize_entry("video", video)?,
            Content::Audio(audio) => map.serialize_entry("audio", audio)?,
            Content::Document(document) => map.serialize_entry("document", document)?,
        }
        map.end()
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Words.
    Text(Text),
    /// A picture, JPEG or PNG.
    Image(Image),
    /// A video, MP4 or 3GPP.
    Video(Video),
    /// A sound or a voice note.
    Audio(Audio),
    /// A file.
    Document(Document),
}

impl Content {
    /// Meta's name for this type of message, as in the field `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
        }
    }

    /// The words that the user reads: the text, or the caption of a medium.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.body),
            Self::Image(image) => image.caption.as_deref(),
            Self::Video(video) => video.caption.as_deref(),
            Self::Audio(_) => None,
            Self::Document(document) => document.caption.as_deref(),
        }
    }

    /// The medium, where the message has one.
    pub fn media(&self) -> Option<&MediaSource> {
        match self {
            Self::Text(_) => None,
            Self::Image(image) => Some(&image.source),
            Self::Video(video) => Some(&video.source),
            Self::Audio(audio) => Some(&audio.source),
            Self::Document(document) => Some(&document.source),
        }
    }

    /// The medium, to be replaced.
    pub fn media_mut(&mut self) -> Option<&mut MediaSource> {
        match self {
            Self::Text(_) => None,
            Self::Image(image) => Some(&mut image.source),
            Self::Video(video) => Some(&mut video.source),
            Self::Audio(audio) => Some(&mut audio.source),
            Self::Document(document) => Some(&mut document.source),
        }
    }

    /// Checks the content against Meta's limits.
    ///
    /// # Errors
    ///
    /// Names the first field that Meta would refuse.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let Self::Text(text) = self {
            return limits::required("text.body", &text.body, limits::TEXT_BODY);
        }
        let (field, caption) = match self {
            Self::Text(_) | Self::Audio(_) => return self.validate_source(),
            Self::Image(image) => ("image.caption", &image.caption),
            Self::Video(video) => ("video.caption", &video.caption),
            Self::Document(document) => ("document.caption", &document.caption),
        };
        if let Some(caption) = caption {
            limits::at_most(field, caption, limits::CAPTION)?;
        }
        self.validate_source()
    }

    fn validate_source(&self) -> Result<(), Invalid> {
        match self.media() {
            Some(MediaSource::Id(id)) if id.as_str().is_empty() => Err(Invalid::Empty { field: "id" }),
            Some(MediaSource::Link(link)) if link.is_empty() => Err(Invalid::Empty { field: "link" }),
            _ => Ok(()),
        }
    }
}

/// Words, with WhatsApp's own formatting marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At most [`limits::TEXT_BODY`] long.
    pub body: String,
    /// Whether WhatsApp shows a preview of the first link.
    #[serde(default, skip_serializing_if = "is_false")]
    pub preview_url: bool,
}

impl Text {
    /// A text without a link preview.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), preview_url: false }
    }

    /// Sets whether WhatsApp shows a preview of the first link.
    pub fn preview_url(mut self, preview: bool) -> Self {
        self.preview_url = preview;
        self
    }
}

/// Where Meta takes a medium from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// A medium uploaded for the same business number; valid for 30 days.
    Id(MediaId),
    /// An address that Meta fetches.
    Link(String),
}

impl From<MediaId> for MediaSource {
    fn from(id: MediaId) -> Self {
        Self::Id(id)
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The picture itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The video itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audio {
    /// The sound itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Shown as a voice note; the file must be OGG with the OPUS codec.
    #[serde(default, skip_serializing_if = "is_false")]
    pub voice: bool,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file itself.
    #[serde(flatten)]
    pub source: MediaSource,
    /// At most [`limits::CAPTION`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name that the user sees; its extension picks the icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

impl Image {
    /// A picture without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Puts words under the picture.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Video {
    /// A video without a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None }
    }

    /// Puts words under the video.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

impl Audio {
    /// A sound that is not a voice note.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), voice: false }
    }

    /// Sets whether it is shown as a voice note.
    pub fn voice(mut self, voice: bool) -> Self {
        self.voice = voice;
        self
    }
}

impl Document {
    /// A file without a name and a caption.
    pub fn new(source: impl Into<MediaSource>) -> Self {
        Self { source: source.into(), caption: None, filename: None }
    }

    /// Puts words under the file.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Names the file.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }
}

macro_rules! content_from {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Content {
            fn from(value: $kind) -> Self {
                Self::$kind(value)
            }
        })*
    };
}
content_from!(Text, Image, Video, Audio, Document);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference to `skip_serializing_if`")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bsuid, GroupId, WaId};
    use proptest::prelude::*;
    use serde_json::json;

    #[track_caller]
    fn check(message: &OutboundMessage, expected: &serde_json::Value) {
        assert_eq!(&serde_json::to_value(message).unwrap(), expected);
        let stored = serde_json::to_vec(&message.content).unwrap();
        assert_eq!(serde_json::from_slice::<Content>(&stored).unwrap(), message.content);
    }

    #[test]
    fn each_address_goes_into_the_field_that_meta_reads() {
        let text = || Text::new("hi");
        check(
            &OutboundMessage::new(Bsuid::new("ES.1"), text()),
            &json!({"messaging_product":"whatsapp","recipient_type":"individual","recipient":"ES.1","type":"text","text":{"body":"hi"}}),
        );
        check(
            &OutboundMessage::new(GroupId::new("g1"), text()),
            &json!({"messaging_product":"whatsapp","recipient_type":"group","to":"g1","type":"text","text":{"body":"hi"}}),
        );
    }

    #[test]
    fn media_by_id_and_by_link() {
        let to = || WaId::new("34600000000");
        check(
            &OutboundMessage::new(to(), Image::new(MediaId::new("77")).caption("look"))
                .reply_to(MessageId::new("wamid.A"))
                .callback_data("n.1.1"),
            &json!({"messaging_product":"whatsapp","recipient_type":"individual","to":"34600000000",
                "context":{"message_id":"wamid.A"},"biz_opaque_callback_data":"n.1.1",
                "type":"image","image":{"id":"77","caption":"look"}}),
        );
        check(
            &OutboundMessage::new(to(), Document::new(MediaSource::Link("https://a/b.pdf".into())).filename("b.pdf")),
            &json!({"messaging_product":"whatsapp","recipient_type":"individual","to":"34600000000",
                "type":"document","document":{"link":"https://a/b.pdf","filename":"b.pdf"}}),
        );
        check(
            &OutboundMessage::new(to(), Audio::new(MediaId::new("9")).voice(true)),
            &json!({"messaging_product":"whatsapp","recipient_type":"individual","to":"34600000000",
                "type":"audio","audio":{"id":"9","voice":true}}),
        );
    }

    #[test]
    fn limits_are_counted_in_utf16_units() {
        let text = |body: String| Content::from(Text::new(body)).validate();
        assert_eq!(text("a".repeat(4096)), Ok(()));
        assert_eq!(text("😀".repeat(2048)), Ok(()));
        assert_eq!(text("😀".repeat(2049)), Err(Invalid::TooLong { field: "text.body", length: 4098, limit: 4096 }));
        assert_eq!(text(" \n".into()), Err(Invalid::Empty { field: "text.body" }));
        let image = Image::new(MediaId::new("1")).caption("x".repeat(1025));
        assert_eq!(
            Content::from(image).validate(),
            Err(Invalid::TooLong { field: "image.caption", length: 1025, limit: 1024 })
        );
        assert_eq!(Content::from(Image::new(MediaId::new(""))).validate(), Err(Invalid::Empty { field: "id" }));
    }

    proptest! {
        #[test]
        fn stored_content_reads_itself_back(body in ".*", preview in any::<bool>(), caption in proptest::option::of(".*")) {
            let text = Content::from(Text::new(body).preview_url(preview));
            prop_assert_eq!(serde_json::from_slice::<Content>(&serde_json::to_vec(&text).unwrap()).unwrap(), text);
            let video = Content::from(Video { source: MediaSource::Link("https://x".into()), caption });
            prop_assert_eq!(serde_json::from_slice::<Content>(&serde_json::to_vec(&video).unwrap()).unwrap(), video);
        }
    }
}
