//! The components that a template has in common with its cards.

use serde_json::Value;

use super::button::ButtonLayout;
use super::problem::TemplateValueKind as Kind;
use super::text::TextLayout;

/// Text that Meta writes for authentication templates.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/authentication-templates>
const AUTHENTICATION_TEXT: &str = "{{1}} is your verification code.";

/// A template, or one of its cards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PartLayout {
    pub(super) header: Option<HeaderLayout>,
    pub(super) body: TextLayout,
    pub(super) footer: Option<String>,
    pub(super) buttons: Vec<ButtonLayout>,
    /// Types of the other components, in lower case.
    pub(super) others: Vec<String>,
}

/// Header of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderLayout {
    Text(TextLayout),
    /// Medium, location or product, which each message brings along.
    Value(Kind),
    /// The format is not known. Previews show this text.
    Unknown(String),
}

impl PartLayout {
    pub(super) fn read(components: &[Value]) -> Self {
        let mut part = Self::default();
        for component in components {
            let of = |key: &str| component[key].as_str().unwrap_or_default();
            match of("type").to_ascii_uppercase().as_str() {
                "HEADER" => part.header = Some(HeaderLayout::read(of("format"), of("text"))),
                "BODY" => part.body = TextLayout::new(of("text")),
                "FOOTER" => part.footer = Some(of("text").to_owned()).filter(|text| !text.is_empty()),
                "BUTTONS" => {
                    let buttons = component["buttons"].as_array().map_or(&[][..], Vec::as_slice);
                    part.buttons.extend(buttons.iter().map(ButtonLayout::read));
                }
                "" => {}
                other => part.others.push(other.to_ascii_lowercase()),
            }
        }
        part
    }

    /// Sets the text of an authentication template, unless the definition states it.
    pub(super) fn set_authentication_text(&mut self) {
        if self.body.placeholders.is_empty() {
            self.body = TextLayout::new(AUTHENTICATION_TEXT);
        }
    }
}

impl HeaderLayout {
    fn read(format: &str, text: &str) -> Self {
        match format.to_ascii_uppercase().as_str() {
            "TEXT" => Self::Text(TextLayout::new(text)),
            "IMAGE" => Self::Value(Kind::Image),
            "VIDEO" => Self::Value(Kind::Video),
            "DOCUMENT" => Self::Value(Kind::Document),
            "LOCATION" => Self::Value(Kind::Location),
            "PRODUCT" => Self::Value(Kind::Product),
            _ if !text.is_empty() => Self::Unknown(text.to_owned()),
            "" => Self::Unknown("[header]".to_owned()),
            _ => Self::Unknown(format!("[{}]", format.to_ascii_lowercase())),
        }
    }
}
