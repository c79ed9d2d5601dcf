//! Components of a screen.

use std::fmt;

use serde_json::{Value, json};

use super::action::FooterAction;
use super::checks::{Checks, FlowJsonError};
use super::choice::ChoiceInput;
use super::image::Image;
use super::input::{DatePicker, OptIn, TextArea, TextInput};
use super::limits;

/// Component of a screen. `Debug` hides texts.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components>
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Component {
    /// Large heading of at most 80 characters.
    Heading(String),
    /// Smaller heading of at most 80 characters.
    Subheading(String),
    /// Text of at most 4,096 characters.
    Body(String),
    /// Small text of at most 409 characters.
    Caption(String),
    /// Input of one line.
    TextInput(TextInput),
    /// Input of several lines.
    TextArea(TextArea),
    /// Dropdown, radio buttons or checkboxes.
    Choice(ChoiceInput),
    /// Input of a date.
    DatePicker(DatePicker),
    /// Box to agree to something.
    OptIn(OptIn),
    /// Picture.
    Image(Image),
    /// Button at the end of the screen.
    Footer(Footer),
}

impl Component {
    /// Creates a large heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::Heading(text.into())
    }

    /// Creates a smaller heading.
    pub fn subheading(text: impl Into<String>) -> Self {
        Self::Subheading(text.into())
    }

    /// Creates a text.
    pub fn body(text: impl Into<String>) -> Self {
        Self::Body(text.into())
    }

    /// Creates a small text.
    pub fn caption(text: impl Into<String>) -> Self {
        Self::Caption(text.into())
    }

    /// Returns the name of the input, if the component is an input.
    pub fn input_name(&self) -> Option<&str> {
        match self {
            Self::TextInput(input) => Some(&input.name),
            Self::TextArea(input) => Some(&input.name),
            Self::Choice(input) => Some(&input.name),
            Self::DatePicker(input) => Some(&input.name),
            Self::OptIn(input) => Some(&input.name),
            _ => None,
        }
    }

    pub(super) fn check(&self, screen: &str) -> Result<(), FlowJsonError> {
        let checks = match self.input_name() {
            Some(name) => Checks::new(format!("screen {screen}, input {name}")),
            None => Checks::new(format!("screen {screen}")),
        };
        match self {
            Self::Heading(text) => checks.text("heading", text, limits::HEADING),
            Self::Subheading(text) => checks.text("subheading", text, limits::HEADING),
            Self::Body(text) => checks.text("body", text, limits::BODY),
            Self::Caption(text) => checks.text("caption", text, limits::CAPTION),
            Self::TextInput(input) => input.check(&checks),
            Self::TextArea(input) => input.check(&checks),
            Self::Choice(input) => input.check(&checks),
            Self::DatePicker(input) => input.check(&checks),
            Self::OptIn(input) => input.check(&checks),
            Self::Image(image) => image.check(&checks),
            Self::Footer(footer) => checks.text("label of the footer", &footer.label, limits::FOOTER_LABEL),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Heading(text) => json!({ "type": "TextHeading", "text": text }),
            Self::Subheading(text) => json!({ "type": "TextSubheading", "text": text }),
            Self::Body(text) => json!({ "type": "TextBody", "text": text }),
            Self::Caption(text) => json!({ "type": "TextCaption", "text": text }),
            Self::TextInput(input) => input.to_json(),
            Self::TextArea(input) => input.to_json(),
            Self::Choice(input) => input.to_json(),
            Self::DatePicker(input) => input.to_json(),
            Self::OptIn(input) => input.to_json(),
            Self::Image(image) => image.to_json(),
            Self::Footer(footer) => footer.to_json(),
        }
    }
}

/// Button at the end of a screen. `Debug` hides the label.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Footer {
    /// Label of at most 35 characters.
    pub label: String,
    /// Action of a tap.
    pub action: FooterAction,
}

impl Footer {
    /// Creates a button that shows another screen.
    pub fn navigate(label: impl Into<String>, screen: impl Into<String>) -> Self {
        let action = FooterAction::Navigate { screen: screen.into(), payload: serde_json::Map::new() };
        Self { label: label.into(), action }
    }

    /// Creates a button that ends the flow. The values of its payload become the answer.
    pub fn complete(label: impl Into<String>) -> Self {
        Self { label: label.into(), action: FooterAction::Complete { payload: serde_json::Map::new() } }
    }

    /// Creates a button that asks the endpoint of the flow for the next screen.
    pub fn data_exchange(label: impl Into<String>) -> Self {
        Self { label: label.into(), action: FooterAction::DataExchange { payload: serde_json::Map::new() } }
    }

    /// Adds a value to the payload: a reference such as [`form_value`](super::form_value), or a fixed value.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.action.payload_mut().insert(name.into(), value.into());
        self
    }

    fn to_json(&self) -> Value {
        json!({ "type": "Footer", "label": self.label, "on-click-action": self.action.to_json() })
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heading(_) => f.write_str("Heading(..)"),
            Self::Subheading(_) => f.write_str("Subheading(..)"),
            Self::Body(_) => f.write_str("Body(..)"),
            Self::Caption(_) => f.write_str("Caption(..)"),
            Self::Image(_) => f.write_str("Image(..)"),
            Self::Footer(footer) => fmt::Debug::fmt(footer, f),
            _ => f.debug_tuple("Input").field(&self.input_name().unwrap_or_default()).finish(),
        }
    }
}

impl fmt::Debug for Footer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Footer").field("action", &self.action).finish_non_exhaustive()
    }
}

macro_rules! component_from {
    ($($kind:ident => $variant:ident),*) => {
        $(
            impl From<$kind> for Component {
                fn from(value: $kind) -> Self {
                    Self::$variant(value)
                }
            }
        )*
    };
}
component_from!(
    TextInput => TextInput, TextArea => TextArea, ChoiceInput => Choice, DatePicker => DatePicker, OptIn => OptIn,
    Image => Image, Footer => Footer
);
