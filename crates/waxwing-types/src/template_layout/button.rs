//! Button of a template.

use serde_json::Value;

use super::problem::TemplateValueKind as Kind;
use super::text::TextLayout;
use crate::TemplateButtonKind;

/// Button of a template, with the value that a message has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ButtonLayout {
    pub(super) label: String,
    /// Kind of the component with the value. None for a button without values.
    pub(super) kind: Option<TemplateButtonKind>,
    pub(super) value: ButtonValue,
    /// URL of the button, if it has a placeholder.
    pub(super) url: Option<TextLayout>,
}

/// Value that a message has for a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ButtonValue {
    None,
    Optional(Kind),
    Required(Kind),
    /// The kind of the button is not known.
    Unknown,
}

impl ButtonLayout {
    /// Reads a button of a definition.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components#buttons>
    pub(super) fn read(button: &Value) -> Self {
        use TemplateButtonKind as Button;
        let of = |key: &str| button[key].as_str().unwrap_or_default();
        let url = (!TextLayout::new(of("url")).placeholders.is_empty()).then(|| TextLayout::new(of("url")));
        let (kind, value) = match of("type").to_ascii_uppercase().as_str() {
            "URL" if url.is_some() => (Some(Button::Url), ButtonValue::Required(Kind::Text)),
            "URL" => (Some(Button::Url), ButtonValue::None),
            // A message passes the code of an authentication template as the value of a URL.
            "OTP" => (Some(Button::Url), ButtonValue::Required(Kind::Text)),
            "COPY_CODE" => (Some(Button::CopyCode), ButtonValue::Required(Kind::CouponCode)),
            "QUICK_REPLY" => (Some(Button::QuickReply), ButtonValue::Optional(Kind::Payload)),
            "FLOW" => (Some(Button::Flow), ButtonValue::Optional(Kind::Action)),
            "CATALOG" => (Some(Button::Catalog), ButtonValue::Optional(Kind::Action)),
            "MPM" => (Some(Button::Products), ButtonValue::Required(Kind::Action)),
            "SPM" => (Some(Button::Product), ButtonValue::Optional(Kind::Action)),
            "VOICE_CALL" => (Some(Button::VoiceCall), ButtonValue::Unknown),
            "ORDER_DETAILS" => (Some(Button::OrderDetails), ButtonValue::Required(Kind::Action)),
            "PHONE_NUMBER" | "REQUEST_CONTACT_INFO" => (None, ButtonValue::None),
            _ => (None, ButtonValue::Unknown),
        };
        Self { label: of("text").to_owned(), kind, value, url }
    }
}
