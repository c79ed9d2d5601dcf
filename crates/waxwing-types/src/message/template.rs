//! Messages that Meta has approved: the only ones that may be sent to somebody who has not written for a day.

use serde::{Deserialize, Serialize};

use super::{LocationMessage, MediaSource};
use crate::validation::ValidationError;

/// An approved message, by name, with what is to be put into it.
///
/// Whether the parameters fit is for Meta to say: it depends on the template.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateMessage {
    /// Its name.
    pub name: String,
    /// Which of its languages.
    pub language: TemplateLanguage,
    /// What goes into its parts; those without parameters are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TemplateComponent>,
}

/// The language of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLanguage {
    /// Meta's code for it, such as `en_US`.
    pub code: String,
}

/// What goes into one part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateComponent {
    /// The header: a text, a medium or a location.
    Header {
        /// One for each place.
        parameters: Vec<TemplateParameter>,
    },
    /// The words.
    Body {
        /// One for each place, in order unless they are named.
        parameters: Vec<TemplateParameter>,
    },
    /// One of the buttons.
    Button {
        /// What the button does.
        sub_type: TemplateButtonKind,
        /// Which one, from 0.
        index: u8,
        /// What it is given.
        parameters: Vec<TemplateParameter>,
    },
}

/// What a button of a template does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateButtonKind {
    /// Answers with a [`TemplateParameter::Payload`].
    QuickReply,
    /// Opens a web page, whose address ends with a [`TemplateParameter::Text`].
    Url,
    /// Copies a [`TemplateParameter::CouponCode`].
    CopyCode,
}

/// What is put in one place of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateParameter {
    /// Words.
    Text {
        /// The words.
        text: String,
        /// The name of the place, in templates whose places have names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// A picture.
    Image {
        /// The picture.
        image: MediaSource,
    },
    /// A video.
    Video {
        /// The video.
        video: MediaSource,
    },
    /// A file.
    Document {
        /// The file.
        document: MediaSource,
    },
    /// A place.
    Location {
        /// The place.
        location: LocationMessage,
    },
    /// What a quick reply answers with.
    Payload {
        /// Comes back when the button is tapped.
        payload: String,
    },
    /// A code for the user to copy.
    CouponCode {
        /// The code.
        coupon_code: String,
    },
}

impl TemplateMessage {
    /// A template without parameters.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: TemplateLanguage { code: language.into() }, components: Vec::new() }
    }

    /// Puts something into its header.
    pub fn header(mut self, parameter: TemplateParameter) -> Self {
        self.components.push(TemplateComponent::Header { parameters: vec![parameter] });
        self
    }

    /// Puts words into its body.
    pub fn body(mut self, parameters: impl IntoIterator<Item = TemplateParameter>) -> Self {
        self.components.push(TemplateComponent::Body { parameters: parameters.into_iter().collect() });
        self
    }

    /// Gives something to one of its buttons, counted from 0.
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

impl TemplateParameter {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: None }
    }

    /// Words for a place with a name.
    pub fn named(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), parameter_name: Some(name.into()) }
    }

    /// What a quick reply answers with.
    pub fn payload(payload: impl Into<String>) -> Self {
        Self::Payload { payload: payload.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn templates() {
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
        check_invalid(TemplateMessage::new("", "es"), &ValidationError::Empty { field: "template.name" });
        check_invalid(TemplateMessage::new("order", ""), &ValidationError::Empty { field: "template.language.code" });
    }
}
