//! Content of a template message.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{LocationMessage, MediaSource};
use crate::redacted::Redacted;
use crate::validation::ValidationError;

/// Approved message template with its parameters. `Debug` hides the parameters.
///
/// Templates are the only messages that Meta delivers outside the customer service window of 24 hours. Waxwing checks only that
/// name and language are present: the number and kind of the parameters depend on the template, and Meta checks them.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
///
/// ```
/// use waxwing_types::{OutboundMessage, TemplateButtonKind, TemplateMessage, TemplateParameter, WaId};
///
/// let order = TemplateMessage::new("order_shipped", "es")
///     .body([TemplateParameter::text("Ana"), TemplateParameter::text("17")])
///     .button(0, TemplateButtonKind::QuickReply, TemplateParameter::payload("track-17"));
/// OutboundMessage::new(WaId::new("34600000000"), order).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateMessage {
    /// Name of the template.
    pub name: String,
    /// Language of the template.
    pub language: TemplateLanguage,
    /// Parameters, grouped by the part of the template. Parts without parameters are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TemplateComponent>,
}

/// Language of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateLanguage {
    /// Meta's language code, such as `en_US`.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/supported-languages>
    pub code: String,
}

/// Parameters of one part of a template. `Debug` hides the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateComponent {
    /// Header: text, media or a location.
    Header {
        /// One parameter per placeholder.
        parameters: Vec<TemplateParameter>,
    },
    /// Body text.
    Body {
        /// One parameter per placeholder, in order unless the placeholders have names.
        parameters: Vec<TemplateParameter>,
    },
    /// Button.
    Button {
        /// Kind of the button.
        sub_type: TemplateButtonKind,
        /// Position of the button, counted from 0.
        index: u8,
        /// Parameters of the button.
        parameters: Vec<TemplateParameter>,
    },
}

/// Kind of a template button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateButtonKind {
    /// Button that answers with a [`TemplateParameter::Payload`].
    QuickReply,
    /// Button that opens a web page. A [`TemplateParameter::Text`] completes its URL.
    Url,
    /// Button that copies a [`TemplateParameter::CouponCode`].
    CopyCode,
}

/// Value of one placeholder of a template. `Debug` hides the value.
///
/// ```
/// use waxwing_types::{MediaId, TemplateMessage, TemplateParameter};
///
/// let receipt = TemplateMessage::new("receipt", "en_US")
///     .header(TemplateParameter::Document { document: MediaId::new("77").into() })
///     .body([TemplateParameter::named("customer", "Ana")]);
/// assert_eq!(receipt.components.len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateParameter {
    /// Text.
    Text {
        /// Text of the placeholder.
        text: String,
        /// Name of the placeholder, in templates with named placeholders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// Image of a header.
    Image {
        /// Source of the image file.
        image: MediaSource,
    },
    /// Video of a header.
    Video {
        /// Source of the video file.
        video: MediaSource,
    },
    /// Document of a header.
    Document {
        /// Source of the document file.
        document: MediaSource,
    },
    /// Location of a header.
    Location {
        /// Location on a map.
        location: LocationMessage,
    },
    /// Payload of a quick reply button.
    Payload {
        /// Text that Meta returns when the user taps the button.
        payload: String,
    },
    /// Code that the user can copy.
    CouponCode {
        /// Code to copy.
        coupon_code: String,
    },
}

impl TemplateMessage {
    /// Creates a template message without parameters, from the template's name and Meta's language code.
    pub fn new(name: impl Into<String>, language: impl Into<TemplateLanguage>) -> Self {
        Self { name: name.into(), language: language.into(), components: Vec::new() }
    }

    /// Adds the parameter of the header.
    pub fn header(mut self, parameter: TemplateParameter) -> Self {
        self.components.push(TemplateComponent::Header { parameters: vec![parameter] });
        self
    }

    /// Adds the parameters of the body.
    pub fn body(mut self, parameters: impl IntoIterator<Item = TemplateParameter>) -> Self {
        self.components.push(TemplateComponent::Body { parameters: parameters.into_iter().collect() });
        self
    }

    /// Adds the parameter of the button at `index`, counted from 0.
    pub fn button(mut self, index: u8, kind: TemplateButtonKind, parameter: TemplateParameter) -> Self {
        self.components.push(TemplateComponent::Button { sub_type: kind, index, parameters: vec![parameter] });
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        let required = [("template.name", &self.name), ("template.language.code", &self.language.code)];
        match required.into_iter().find(|(_, value)| value.is_empty()) {
            Some((field, _)) => Err(ValidationError::Empty { field }),
            None => Ok(()),
        }
    }
}

impl TemplateLanguage {
    /// Creates a language from Meta's code, such as `en_US`.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into() }
    }
}

impl<T: Into<String>> From<T> for TemplateLanguage {
    fn from(code: T) -> Self {
        Self::new(code)
    }
}

impl TemplateParameter {
    /// Creates a text for the next placeholder without a name.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: None }
    }

    /// Creates a text for the placeholder called `name`.
    pub fn named(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: Some(name.into()) }
    }

    /// Creates the payload of a quick reply button.
    pub fn payload(payload: impl Into<String>) -> Self {
        Self::Payload { payload: payload.into() }
    }
}

impl fmt::Debug for TemplateParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, parameter_name } => {
                f.debug_struct("Text").field("text", &Redacted(text)).field("parameter_name", parameter_name).finish()
            }
            Self::Image { image } => f.debug_struct("Image").field("image", image).finish(),
            Self::Video { video } => f.debug_struct("Video").field("video", video).finish(),
            Self::Document { document } => f.debug_struct("Document").field("document", document).finish(),
            Self::Location { location } => f.debug_struct("Location").field("location", location).finish(),
            Self::Payload { payload } => f.debug_struct("Payload").field("payload", &Redacted(payload)).finish(),
            Self::CouponCode { coupon_code } => {
                f.debug_struct("CouponCode").field("coupon_code", &Redacted(coupon_code)).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_grouped_by_part() {
        check_content(
            TemplateMessage::new("hello_world", "en_US"),
            &json!({"name": "hello_world", "language": {"code": "en_US"}}),
        );
        check_content(
            TemplateMessage::new("order", "es")
                .header(TemplateParameter::Image { image: crate::MediaId::new("77").into() })
                .body([TemplateParameter::text("Ana"), TemplateParameter::named("day", "Monday")])
                .button(0, TemplateButtonKind::QuickReply, TemplateParameter::payload("yes-1")),
            &json!({"name": "order", "language": {"code": "es"}, "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "77"}}]},
                {"type": "body", "parameters": [
                    {"type": "text", "text": "Ana"},
                    {"type": "text", "text": "Monday", "parameter_name": "day"},
                ]},
                {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [
                    {"type": "payload", "payload": "yes-1"},
                ]},
            ]}),
        );
    }

    #[test]
    fn name_and_language_are_required() {
        check_invalid(TemplateMessage::new("", "es"), &ValidationError::Empty { field: "template.name" });
        check_invalid(TemplateMessage::new("order", ""), &ValidationError::Empty { field: "template.language.code" });
    }

    #[test]
    fn debug_hides_the_parameters() {
        let link = || MediaSource::Link("https://example.com/secret".into());
        let location = LocationMessage::new(40.5, -3.5).name("secret");
        let message = TemplateMessage::new("order", "es").body([
            TemplateParameter::text("secret"),
            TemplateParameter::payload("secret"),
            TemplateParameter::CouponCode { coupon_code: "secret".into() },
            TemplateParameter::Image { image: link() },
            TemplateParameter::Video { video: link() },
            TemplateParameter::Document { document: link() },
            TemplateParameter::Location { location },
        ]);
        assert!(format!("{message:?}").contains("order"));
        check_debug(message, &["secret", "40.5"]);
    }
}
