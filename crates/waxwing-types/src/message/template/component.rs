//! Parts of a template with parameters.

use serde::{Deserialize, Deserializer, Serialize};

use super::TemplateParameter;
use crate::limits;
use crate::validation::{self, ValidationError};

/// Parameters of one part of a template. `Debug` hides the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateComponent {
    /// Header: text, media, a location or a product.
    #[serde(alias = "HEADER")]
    Header {
        /// One parameter per placeholder.
        parameters: Vec<TemplateParameter>,
    },
    /// Body text.
    #[serde(alias = "BODY")]
    Body {
        /// One parameter per placeholder, in order unless the placeholders have names.
        parameters: Vec<TemplateParameter>,
    },
    /// Button.
    #[serde(alias = "BUTTON")]
    Button {
        /// Kind of the button.
        sub_type: TemplateButtonKind,
        /// Position of the button, counted from 0.
        #[serde(deserialize_with = "index")]
        index: u8,
        /// Parameters of the button.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parameters: Vec<TemplateParameter>,
    },
    /// Cards of a carousel.
    #[serde(alias = "CAROUSEL")]
    Carousel {
        /// Cards, in the order of the template.
        cards: Vec<TemplateCard>,
    },
    /// End of a limited-time offer.
    #[serde(alias = "LIMITED_TIME_OFFER")]
    LimitedTimeOffer {
        /// One [`TemplateParameter::LimitedTimeOffer`].
        parameters: Vec<TemplateParameter>,
    },
}

/// Parameters of one card of a carousel. `Debug` hides the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateCard {
    /// Position of the card, counted from 0.
    #[serde(deserialize_with = "index")]
    pub card_index: u8,
    /// Header, body and buttons of the card.
    pub components: Vec<TemplateComponent>,
}

/// Kind of a template button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateButtonKind {
    /// Button that answers with a [`TemplateParameter::Payload`].
    #[serde(alias = "QUICK_REPLY")]
    QuickReply,
    /// Button that opens a web page, or that copies a one-time password. A [`TemplateParameter::Text`] completes its URL, or is the password.
    #[serde(alias = "URL")]
    Url,
    /// Button that copies a [`TemplateParameter::CouponCode`].
    #[serde(alias = "COPY_CODE")]
    CopyCode,
    /// Button that opens a form: see [`TemplateParameter::flow`].
    #[serde(alias = "FLOW")]
    Flow,
    /// Button that opens the catalog: see [`TemplateParameter::catalog`].
    #[serde(alias = "CATALOG")]
    Catalog,
    /// Button that shows products: see [`TemplateParameter::products`].
    #[serde(rename = "mpm", alias = "MPM")]
    Products,
    /// Button that shows one product.
    #[serde(rename = "spm", alias = "SPM")]
    Product,
    /// Button that calls the business.
    #[serde(alias = "VOICE_CALL")]
    VoiceCall,
    /// Button that opens an order: see [`TemplateParameter::order`].
    #[serde(alias = "ORDER_DETAILS")]
    OrderDetails,
}

impl TemplateComponent {
    /// Checks the texts of the parameters.
    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        match self {
            Self::Header { parameters }
            | Self::Body { parameters }
            | Self::Button { parameters, .. }
            | Self::LimitedTimeOffer { parameters } => parameters.iter().try_for_each(TemplateParameter::validate),
            Self::Carousel { cards } => validate_cards(cards),
        }
    }
}

impl TemplateCard {
    /// Creates the card at a position, counted from 0.
    pub fn new(card_index: u8, components: Vec<TemplateComponent>) -> Self {
        Self { card_index, components }
    }
}

/// Checks the number of cards, and the components of each card.
fn validate_cards(cards: &[TemplateCard]) -> Result<(), ValidationError> {
    const CARDS: &str = "template.components.cards";
    validation::item_count(CARDS, cards, limits::CARDS)?;
    if cards.len() == 1 {
        return Err(ValidationError::Malformed { field: CARDS, expected: "a list of at least 2 cards" });
    }
    for component in cards.iter().flat_map(|card| &card.components) {
        if matches!(component, TemplateComponent::Carousel { .. }) {
            let (field, expected) = ("template.components.cards.components", "a list without carousels");
            return Err(ValidationError::Malformed { field, expected });
        }
        component.validate()?;
    }
    Ok(())
}

/// Reads a position, which Meta's examples write as a number or as a text.
fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Index {
        Number(u8),
        Text(String),
    }

    match Index::deserialize(deserializer)? {
        Index::Number(index) => Ok(index),
        Index::Text(index) => index.parse().map_err(serde::de::Error::custom),
    }
}
