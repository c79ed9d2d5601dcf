//! Outbound messages in the JSON form of the Cloud API.

#[cfg(test)]
mod checks;
mod contact_card;
mod content;
mod interactive;
mod location;
mod media;
mod options;
mod pin;
mod raw;
mod reaction;
#[cfg(test)]
mod round_trip;
mod template;
mod text;

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::limits;
use crate::validation::{self, ValidationError};
use crate::{Address, MessageId};

pub use contact_card::{
    ContactAddress, ContactCard, ContactEmail, ContactName, ContactOrganization, ContactPhone, ContactUrl,
};
pub use content::OutboundContent;
pub use interactive::{
    AddressRequest, Amount, CallButton, CardAction, CardMedium, CarouselCard, CatalogButton, FlowButton, FlowRef,
    FlowStart, GoodsKind, Interactive, InteractiveAction, InteractiveHeader, LinkButton, ListMenu, ListRow,
    ListSection, MixedButtons, Order, OrderCharge, OrderDetails, OrderDiscount, OrderItem, OrderState, OrderStatus,
    OrderUpdate, Payment, PaymentSetting, Product, ProductList, ProductSection, ReplyButton,
};
pub use location::{Degrees, LocationMessage};
pub use media::{Audio, Document, Image, MediaSource, Sticker, Video};
pub use options::{DirectSend, DirectSendCategory, MarketingOptions, ProductPolicy};
pub use pin::Pin;
pub use raw::RawContent;
pub use reaction::Reaction;
pub use template::{
    LanguagePolicy, LimitedTimeOffer, TemplateAction, TemplateButtonKind, TemplateCard, TemplateComponent,
    TemplateCurrency, TemplateDateTime, TemplateDocument, TemplateLanguage, TemplateMessage, TemplateParameter,
};
pub use text::Text;

/// One message to one recipient: the JSON body of `POST /{phone_number_id}/messages`.
///
/// `Debug` hides the recipient, the message text and the callback data.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
///
/// ```
/// use waxwing_types::{MessageId, OutboundMessage, Text, WaId};
///
/// let message = OutboundMessage::new(WaId::new("34600000000"), Text::new("Sí, mañana"))
///     .reply_to(MessageId::new("wamid.A"))
///     .callback_data("order-17");
/// message.validate()?;
/// assert_eq!(serde_json::to_value(&message)?["context"]["message_id"], "wamid.A");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboundMessage {
    /// Recipient.
    pub to: Address,
    /// Content of the message.
    pub content: OutboundContent,
    /// Earlier message of the same chat that this message quotes.
    pub reply_to: Option<MessageId>,
    /// Data that Meta returns in every status of this message (`biz_opaque_callback_data`), at most
    /// [`limits::CALLBACK_DATA`] UTF-16 units long.
    pub callback_data: Option<String>,
    /// Hash of the user's key. If the key has changed, Meta does not deliver the message.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/identity-change-check>
    pub identity_key_hash: Option<String>,
    /// Send without a template outside the customer service window.
    pub direct_send: Option<DirectSend>,
    /// Send over the API for marketing messages.
    pub marketing: Option<MarketingOptions>,
}

impl OutboundMessage {
    /// Creates a message without a quote, callback data and other options.
    pub fn new(to: impl Into<Address>, content: impl Into<OutboundContent>) -> Self {
        Self {
            to: to.into(),
            content: content.into(),
            reply_to: None,
            callback_data: None,
            identity_key_hash: None,
            direct_send: None,
            marketing: None,
        }
    }

    /// Quotes an earlier message of the same chat.
    pub fn reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// Sets the data that Meta returns in every status of this message.
    pub fn callback_data(mut self, data: impl Into<String>) -> Self {
        self.callback_data = Some(data.into());
        self
    }

    /// Sets the hash of the user's key. If the key has changed, Meta does not deliver the message.
    pub fn identity_key_hash(mut self, hash: impl Into<String>) -> Self {
        self.identity_key_hash = Some(hash.into());
        self
    }

    /// Sends the message without a template, also outside the customer service window.
    pub fn direct_send(mut self, direct_send: DirectSend) -> Self {
        self.direct_send = Some(direct_send);
        self
    }

    /// Sends the message over the API for marketing messages.
    pub fn marketing(mut self, options: MarketingOptions) -> Self {
        self.marketing = Some(options);
        self
    }

    /// Checks the message against Meta's limits.
    ///
    /// # Errors
    ///
    /// Returns the first field that Meta would refuse. Meta can refuse a valid message for other reasons, for example a template
    /// that does not exist.
    pub fn validate(&self) -> Result<(), ValidationError> {
        if let Some(data) = &self.callback_data {
            validation::at_most("biz_opaque_callback_data", data, limits::CALLBACK_DATA)?;
        }
        self.validate_recipient()?;
        if let Some(direct_send) = &self.direct_send {
            direct_send.validate(&self.content)?;
        } else if let OutboundContent::Interactive(Interactive { action: InteractiveAction::Mixed(_), .. }) =
            &self.content
        {
            return Err(interactive::needs_direct_send());
        }
        if self.marketing.is_some() {
            MarketingOptions::validate(&self.content)?;
        }
        self.content.validate()
    }
}

impl OutboundMessage {
    /// Checks that the recipient can get content of this type.
    fn validate_recipient(&self) -> Result<(), ValidationError> {
        let (field, is_pin) = ("to", matches!(self.content, OutboundContent::Pin(_)));
        match self.to.is_group() {
            true if !self.content.is_allowed_in_groups() => Err(ValidationError::Malformed {
                field,
                expected: "a user, because groups take no content of this type",
            }),
            false if is_pin => {
                Err(ValidationError::Malformed { field, expected: "a group, because only groups have pins" })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for OutboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundMessage")
            .field("to", &self.to)
            .field("content", &self.content)
            .field("reply_to", &self.reply_to)
            .field("callback_data", &self.callback_data.is_some())
            .field("direct_send", &self.direct_send)
            .field("marketing", &self.marketing)
            .finish_non_exhaustive()
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
        if let Some(hash) = &self.identity_key_hash {
            map.serialize_entry("recipient_identity_key_hash", hash)?;
        }
        if let Some(DirectSend { category, ttl_seconds }) = &self.direct_send {
            map.serialize_entry("category", category)?;
            if let Some(seconds) = ttl_seconds {
                map.serialize_entry("ttl_seconds", seconds)?;
            }
        }
        if let Some(MarketingOptions { policy, shares_activity }) = &self.marketing {
            if let Some(policy) = policy {
                map.serialize_entry("product_policy", policy)?;
            }
            if let Some(shares) = shares_activity {
                map.serialize_entry("message_activity_sharing", shares)?;
            }
        }
        map.serialize_entry("type", self.content.sent_kind())?;
        self.content.serialize_entry(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bsuid, GroupId, MediaId, WaId};
    use serde_json::json;

    #[track_caller]
    fn check(message: &OutboundMessage, expected: &serde_json::Value) {
        assert_eq!(&serde_json::to_value(message).unwrap(), expected);
        let stored = serde_json::to_vec(&message.content).unwrap();
        assert_eq!(serde_json::from_slice::<OutboundContent>(&stored).unwrap(), message.content);
    }

    #[test]
    fn each_kind_of_address_has_its_own_json_field() {
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
    fn media_is_sent_by_id_or_by_link() {
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
    fn callback_data_has_a_limit() {
        let message = |length| OutboundMessage::new(WaId::new("1"), Text::new("hi")).callback_data("x".repeat(length));
        assert_eq!(message(512).validate(), Ok(()));
        let field = "biz_opaque_callback_data";
        assert_eq!(message(513).validate(), Err(ValidationError::TooLong { field, length: 513, limit: 512 }));
    }

    #[test]
    fn content_fits_the_recipient() {
        let place = || LocationMessage::new(1.0, 2.0);
        let pin = || Pin::removal(MessageId::new("wamid.A"));
        assert_eq!(OutboundMessage::new(GroupId::new("g1"), pin()).validate(), Ok(()));
        assert_eq!(OutboundMessage::new(WaId::new("1"), place()).validate(), Ok(()));
        for message in [OutboundMessage::new(GroupId::new("g1"), place()), OutboundMessage::new(WaId::new("1"), pin())]
        {
            assert!(matches!(message.validate(), Err(ValidationError::Malformed { field: "to", .. })), "{message:?}");
        }
    }

    #[test]
    fn debug_hides_recipient_text_and_callback_data() {
        let message = OutboundMessage::new(WaId::new("34600000000"), Text::new("secret")).callback_data("order-17");
        let shown = format!("{message:?}");
        for value in ["346", "secret", "order-17"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }
}
