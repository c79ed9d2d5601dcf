//! Outbound messages, in the form in which Meta takes them.
//!
//! [`OutboundContent`] serialises to the object that Meta names after the message's type (`{"text":{"body":"hi"}}`), and reads itself back
//! from it, so what waits in an outbox and what goes over the wire are the same thing.

mod contact;
mod interactive;
mod location;
mod media;
mod reaction;
mod template;
mod text;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::limits;
use crate::validation::{self, ValidationError};
use crate::{Address, MessageId};

pub use contact::{ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl};
pub use interactive::{Interactive, InteractiveAction, ListRow, ListSection, ReplyButton};
pub use location::{Degrees, LocationMessage};
pub use media::{Audio, Document, Image, MediaSource, Sticker, Video};
pub use reaction::Reaction;
pub use template::{TemplateButtonKind, TemplateComponent, TemplateLanguage, TemplateMessage, TemplateParameter};
pub use text::Text;

/// One message to one recipient: the body of `POST /{phone_number_id}/messages`.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// To whom it goes.
    pub to: Address,
    /// What it says.
    pub content: OutboundContent,
    /// The message that it quotes.
    pub reply_to: Option<MessageId>,
    /// Comes back in every status of this message (`biz_opaque_callback_data`).
    pub callback_data: Option<String>,
}

impl OutboundMessage {
    /// A message that quotes nothing.
    pub fn new(to: impl Into<Address>, content: impl Into<OutboundContent>) -> Self {
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
    pub fn validate(&self) -> Result<(), ValidationError> {
        if let Some(data) = &self.callback_data {
            validation::at_most("biz_opaque_callback_data", data, limits::CALLBACK_DATA)?;
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
        let kind = self.content.kind();
        map.serialize_entry("type", kind)?;
        match &self.content {
            OutboundContent::Text(text) => map.serialize_entry(kind, text)?,
            OutboundContent::Image(image) => map.serialize_entry(kind, image)?,
            OutboundContent::Video(video) => map.serialize_entry(kind, video)?,
            OutboundContent::Audio(audio) => map.serialize_entry(kind, audio)?,
            OutboundContent::Document(document) => map.serialize_entry(kind, document)?,
            OutboundContent::Sticker(sticker) => map.serialize_entry(kind, sticker)?,
            OutboundContent::Location(location) => map.serialize_entry(kind, location)?,
            OutboundContent::Contacts(contacts) => map.serialize_entry(kind, contacts)?,
            OutboundContent::Reaction(reaction) => map.serialize_entry(kind, reaction)?,
            OutboundContent::Interactive(interactive) => map.serialize_entry(kind, interactive)?,
            OutboundContent::Template(template) => map.serialize_entry(kind, template)?,
        }
        map.end()
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutboundContent {
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
    /// A sticker, in WebP.
    Sticker(Sticker),
    /// A place.
    Location(LocationMessage),
    /// Cards of people or businesses.
    Contacts(Vec<ContactCard>),
    /// An emoji on an earlier message.
    Reaction(Reaction),
    /// Words with something to tap.
    Interactive(Interactive),
    /// A message that Meta has approved, with what is to be put into it.
    Template(TemplateMessage),
}

impl OutboundContent {
    /// Meta's name for this type of message, as in the field `type`.
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
            Self::Interactive(_) => "interactive",
            Self::Template(_) => "template",
        }
    }

    /// The words that the user reads: the text, the caption of a medium, or the body of an interactive message.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.body),
            Self::Image(image) => image.caption.as_deref(),
            Self::Video(video) => video.caption.as_deref(),
            Self::Document(document) => document.caption.as_deref(),
            Self::Interactive(interactive) => Some(&interactive.body),
            Self::Audio(_)
            | Self::Sticker(_)
            | Self::Location(_)
            | Self::Contacts(_)
            | Self::Reaction(_)
            | Self::Template(_) => None,
        }
    }

    /// The medium, where the message is one. Media in the parameters of a template are not counted.
    pub fn media(&self) -> Option<&MediaSource> {
        match self {
            Self::Image(image) => Some(&image.source),
            Self::Video(video) => Some(&video.source),
            Self::Audio(audio) => Some(&audio.source),
            Self::Document(document) => Some(&document.source),
            Self::Sticker(sticker) => Some(&sticker.source),
            _ => None,
        }
    }

    /// The medium, to be replaced.
    pub fn media_mut(&mut self) -> Option<&mut MediaSource> {
        match self {
            Self::Image(image) => Some(&mut image.source),
            Self::Video(video) => Some(&mut video.source),
            Self::Audio(audio) => Some(&mut audio.source),
            Self::Document(document) => Some(&mut document.source),
            Self::Sticker(sticker) => Some(&mut sticker.source),
            _ => None,
        }
    }

    /// True if a group takes this type of message: words, media and templates.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
    pub fn is_allowed_in_groups(&self) -> bool {
        !matches!(self, Self::Location(_) | Self::Contacts(_) | Self::Reaction(_) | Self::Interactive(_))
    }

    /// Checks the content against Meta's limits.
    ///
    /// # Errors
    ///
    /// Names the first field that Meta would refuse.
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
            Self::Contacts(contacts) => contact::validate(contacts),
            Self::Reaction(reaction) => reaction.validate(),
            Self::Interactive(interactive) => interactive.validate(),
            Self::Template(template) => template.validate(),
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
    Interactive(Interactive),
    Template(TemplateMessage)
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference to `skip_serializing_if`")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bsuid, GroupId, MediaId, WaId};
    use proptest::option;
    use proptest::prelude::*;
    use serde_json::json;

    /// OutboundContent that Meta takes, in the form in which Meta takes it.
    #[track_caller]
    pub(super) fn check_content(content: impl Into<OutboundContent>, expected: &serde_json::Value) {
        let content = content.into();
        let message = serde_json::to_value(OutboundMessage::new(WaId::new("1"), content.clone())).unwrap();
        assert_eq!(&message[content.kind()], expected);
        let stored = serde_json::to_value(&content).unwrap();
        assert_eq!(stored, json!({ content.kind(): expected }));
        assert_eq!(serde_json::from_value::<OutboundContent>(stored).unwrap(), content);
        assert_eq!(content.validate(), Ok(()));
    }

    /// OutboundContent that Meta does not take.
    #[track_caller]
    pub(super) fn check_invalid(content: impl Into<OutboundContent>, expected: &ValidationError) {
        assert_eq!(content.into().validate().as_ref(), Err(expected));
    }

    #[track_caller]
    fn check(message: &OutboundMessage, expected: &serde_json::Value) {
        assert_eq!(&serde_json::to_value(message).unwrap(), expected);
        let stored = serde_json::to_vec(&message.content).unwrap();
        assert_eq!(serde_json::from_slice::<OutboundContent>(&stored).unwrap(), message.content);
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
        let text = |body: String| OutboundContent::from(Text::new(body)).validate();
        assert_eq!(text("a".repeat(4096)), Ok(()));
        assert_eq!(text("😀".repeat(2048)), Ok(()));
        assert_eq!(
            text("😀".repeat(2049)),
            Err(ValidationError::TooLong { field: "text.body", length: 4098, limit: 4096 })
        );
        assert_eq!(text(" \n".into()), Err(ValidationError::Empty { field: "text.body" }));
        let image = Image::new(MediaId::new("1")).caption("x".repeat(1025));
        assert_eq!(
            OutboundContent::from(image).validate(),
            Err(ValidationError::TooLong { field: "image.caption", length: 1025, limit: 1024 })
        );
        assert_eq!(
            OutboundContent::from(Image::new(MediaId::new(""))).validate(),
            Err(ValidationError::Empty { field: "id" })
        );
    }

    fn media_source() -> impl Strategy<Value = MediaSource> {
        prop_oneof![".*".prop_map(|id| MediaSource::Id(MediaId::new(id))), ".*".prop_map(MediaSource::Link)]
    }

    fn location() -> impl Strategy<Value = LocationMessage> {
        let degrees = || (-180_000_000..=180_000_000_i32).prop_map(|micro| Degrees::new(f64::from(micro) / 1e6));
        (degrees(), degrees(), option::of(".*"), option::of(".*"))
            .prop_map(|(latitude, longitude, name, address)| LocationMessage { latitude, longitude, name, address })
    }

    fn contact() -> impl Strategy<Value = ContactCard> {
        (".*", option::of(".*"), prop::collection::vec((".*", option::of(".*")), 0..3), option::of(".*")).prop_map(
            |(name, last_name, phones, company)| {
                let mut contact = ContactCard::new(name);
                contact.name.last_name = last_name;
                contact.phones =
                    phones.into_iter().map(|(phone, id)| ContactPhone { phone, wa_id: id.map(WaId::new) }).collect();
                contact.org = company.map(|company| ContactOrganization { company });
                contact.email("a@example.com").url("https://example.com")
            },
        )
    }

    fn action() -> impl Strategy<Value = InteractiveAction> {
        let row =
            (".*", ".*", option::of(".*")).prop_map(|(id, title, description)| ListRow { id, title, description });
        let section =
            (option::of(".*"), prop::collection::vec(row, 0..4)).prop_map(|(title, rows)| ListSection { title, rows });
        prop_oneof![
            prop::collection::vec((".*", ".*").prop_map(|(id, title)| ReplyButton { id, title }), 0..4)
                .prop_map(InteractiveAction::Buttons),
            (".*", prop::collection::vec(section, 0..3))
                .prop_map(|(button, sections)| InteractiveAction::List { button, sections }),
            (".*", ".*").prop_map(|(label, url)| InteractiveAction::Link { label, url }),
            Just(InteractiveAction::LocationRequest),
        ]
    }

    fn template() -> impl Strategy<Value = TemplateMessage> {
        let parameter = prop_oneof![
            (".*", option::of(".*"))
                .prop_map(|(text, parameter_name)| TemplateParameter::Text { text, parameter_name }),
            media_source().prop_map(|image| TemplateParameter::Image { image }),
            media_source().prop_map(|video| TemplateParameter::Video { video }),
            media_source().prop_map(|document| TemplateParameter::Document { document }),
            location().prop_map(|location| TemplateParameter::Location { location }),
            ".*".prop_map(|payload| TemplateParameter::Payload { payload }),
            ".*".prop_map(|coupon_code| TemplateParameter::CouponCode { coupon_code }),
        ];
        let kind = prop::sample::select(vec![
            TemplateButtonKind::QuickReply,
            TemplateButtonKind::Url,
            TemplateButtonKind::CopyCode,
        ]);
        (".*", ".*", prop::collection::vec(parameter, 1..4), kind, any::<u8>()).prop_map(
            |(name, language, parameters, kind, index)| {
                let first = parameters[0].clone();
                TemplateMessage::new(name, language).header(first.clone()).body(parameters).button(index, kind, first)
            },
        )
    }

    fn content() -> impl Strategy<Value = OutboundContent> {
        let interactive = (option::of(".*"), ".*", option::of(".*"), action())
            .prop_map(|(header, body, footer, action)| Interactive { header, body, footer, action });
        let caption = || option::of(".*");
        prop_oneof![
            (".*", any::<bool>()).prop_map(|(body, preview)| Text::new(body).preview_url(preview).into()),
            (media_source(), caption()).prop_map(|(source, caption)| Image { source, caption }.into()),
            (media_source(), caption()).prop_map(|(source, caption)| Video { source, caption }.into()),
            (media_source(), any::<bool>()).prop_map(|(source, voice)| Audio { source, voice }.into()),
            (media_source(), caption(), caption()).prop_map(|(source, caption, filename)| Document {
                source,
                caption,
                filename
            }
            .into()),
            media_source().prop_map(|source| Sticker { source }.into()),
            location().prop_map(OutboundContent::from),
            prop::collection::vec(contact(), 0..3).prop_map(OutboundContent::from),
            (".*", ".*").prop_map(|(id, emoji)| Reaction::new(MessageId::new(id), emoji).into()),
            interactive.prop_map(OutboundContent::from),
            template().prop_map(OutboundContent::from),
        ]
    }

    proptest! {
        #[test]
        fn stored_content_reads_itself_back(content in content()) {
            let stored = serde_json::to_vec(&content).unwrap();
            prop_assert_eq!(&serde_json::from_slice::<OutboundContent>(&stored).unwrap(), &content);
            let sent = serde_json::to_value(OutboundMessage::new(WaId::new("1"), content.clone())).unwrap();
            let stored: serde_json::Value = serde_json::from_slice(&stored).unwrap();
            prop_assert_eq!(&sent[content.kind()], &stored[content.kind()], "what is stored is what is sent");
        }
    }
}
