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
    /// URL that the button opens, phone number that it calls, or code that it copies.
    pub(super) target: Option<TextLayout>,
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
        let target = [of("url"), of("phone_number")].into_iter().find(|target| !target.is_empty()).map(TextLayout::new);
        let has_placeholder = target.as_ref().is_some_and(|target| !target.placeholders.is_empty());
        let (kind, value) = match of("type").to_ascii_uppercase().as_str() {
            "URL" if has_placeholder => (Some(Button::Url), ButtonValue::Required(Kind::Text)),
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
        let label = [of("text"), of("type"), "button"].into_iter().find(|label| !label.is_empty()).unwrap_or_default();
        Self { label: label.to_owned(), kind, value, target }
    }
}
