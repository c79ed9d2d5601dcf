//! Card of a carousel template.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::TemplateButton;

/// Values for one card of a carousel template. `Debug` output does not contain the values.
///
/// ```
/// use waxwing_agent::{Template, TemplateButton, TemplateCard, TemplateCardHeader};
///
/// let card = |name: &str| {
///     TemplateCard::new(TemplateCardHeader::Image(format!("https://pizza.example/{name}.jpg")))
///         .with_value(name)
///         .with_button(0, TemplateButton::Url(name.into()))
/// };
/// let menu = Template::new("menu", "en").with_card(card("funghi")).with_card(card("margherita"));
/// assert_eq!(menu.cards.len(), 2);
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateCard {
    /// Header.
    pub header: TemplateCardHeader,
    /// Values for the placeholders of the text, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values for placeholders that have names, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named_values: BTreeMap<String, String>,
    /// Values of buttons, by the position of the button in the card, counted from 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub buttons: BTreeMap<u8, TemplateButton>,
}

/// Header of a card of a carousel template. The channel loads images and videos from their URLs. `Debug` output does not contain the value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateCardHeader {
    /// URL of an image, with `https`.
    Image(String),
    /// URL of a video, with `https`.
    Video(String),
    /// Product of a catalog.
    Product {
        /// Id of the catalog.
        catalog: String,
        /// Id of the product in the catalog.
        product: String,
    },
}

impl TemplateCard {
    /// Creates a card without values.
    pub fn new(header: TemplateCardHeader) -> Self {
        Self { header, values: Vec::new(), named_values: BTreeMap::new(), buttons: BTreeMap::new() }
    }

    /// Adds the value of the next placeholder.
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Sets the value of the placeholder with this name.
    pub fn with_named_value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.named_values.insert(name.into(), value.into());
        self
    }

    /// Sets the value of the button at a position, counted from 0.
    pub fn with_button(mut self, index: u8, value: TemplateButton) -> Self {
        self.buttons.insert(index, value);
        self
    }

    /// Returns the values that the user sees.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let named = self.named_values.iter().map(|(name, value)| format!("{name}: {value}"));
        self.values.iter().cloned().chain(named)
    }
}

impl fmt::Debug for TemplateCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateCard").field("header", &self.header).finish_non_exhaustive()
    }
}

impl fmt::Debug for TemplateCardHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image(_) => "Image",
            Self::Video(_) => "Video",
            Self::Product { .. } => "Product",
        })
    }
}
