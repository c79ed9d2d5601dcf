//! Templates of an answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer_media::WireAnswerMedia;
use super::content::WireLocation;
use super::debug_without_content;

/// Message that the channel has approved beforehand.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Template")]
#[non_exhaustive]
pub struct WireTemplate {
    /// Name of the template.
    pub name: String,
    /// Language code of the template, such as `en_US`.
    pub language: String,
    /// Values for the placeholders of the text, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values for placeholders that have names, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named_values: BTreeMap<String, String>,
    /// Value for the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<WireTemplateHeader>,
    /// Values for buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<WireTemplateButton>,
    /// Cards of a carousel, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<WireTemplateCard>,
    /// End of a limited-time offer, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_end: Option<i64>,
}

/// Value for the header of a template.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "TemplateHeader")]
#[non_exhaustive]
pub enum WireTemplateHeader {
    /// Text for the placeholder of the header.
    Text {
        /// Text.
        text: String,
        /// Name of the placeholder, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Image, video or document.
    Media(WireAnswerMedia),
    /// Place on the map.
    Location(WireLocation),
}

/// Value for a button of a template. `index` is the position of the button, counted from 0.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "TemplateButton")]
#[non_exhaustive]
pub enum WireTemplateButton {
    /// Quick reply.
    Payload {
        /// Position of the button.
        index: u8,
        /// Id of the choice that a tap returns.
        payload: String,
    },
    /// Button that opens a web page, or copies a one-time password.
    Url {
        /// Position of the button.
        index: u8,
        /// Text that completes the URL, or the password.
        text: String,
    },
    /// Button that copies a code, such as that of an offer.
    Code {
        /// Position of the button.
        index: u8,
        /// Code.
        code: String,
    },
    /// Button that opens a form.
    Form {
        /// Position of the button.
        index: u8,
        /// Text that comes back with the answers.
        token: String,
        /// Data of the first screen.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        data: Map<String, Value>,
    },
    /// Button that opens the catalog.
    Catalog {
        /// Position of the button.
        index: u8,
        /// Id of the product whose picture the message shows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
    },
    /// Button that opens products.
    Products {
        /// Position of the button.
        index: u8,
        /// Id of the product whose picture the message shows.
        product: String,
        /// Products, in sections.
        sections: Vec<WireTemplateProducts>,
    },
}

/// Section of the products that a button of a template opens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplateProducts")]
#[non_exhaustive]
pub struct WireTemplateProducts {
    /// Title. Several sections need titles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Ids of the products in the catalog.
    pub products: Vec<String>,
}

/// Card of a carousel template.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplateCard")]
#[non_exhaustive]
pub struct WireTemplateCard {
    /// Header.
    pub header: WireTemplateCardHeader,
    /// Values for the placeholders of the text, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Values for placeholders that have names, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named_values: BTreeMap<String, String>,
    /// Values for buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<WireTemplateButton>,
}

/// Header of a card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "TemplateCardHeader")]
#[non_exhaustive]
pub enum WireTemplateCardHeader {
    /// Image.
    Image {
        /// URL, with `https`.
        url: String,
    },
    /// Video.
    Video {
        /// URL, with `https`.
        url: String,
    },
    /// Product of a catalog.
    Product {
        /// Id of the catalog.
        catalog: String,
        /// Id of the product in the catalog.
        product: String,
    },
}

/// Template of an answer that the channel would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplateMismatch")]
#[non_exhaustive]
pub struct WireTemplateMismatch {
    /// Name of the template.
    pub name: String,
    /// Language code of the template.
    pub language: String,
    /// The reasons in one sentence, for people and for models.
    pub reason: String,
    /// The reasons, at least one.
    pub problems: Vec<WireTemplateProblem>,
}

/// Reason for which the channel would refuse a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplateProblem")]
#[non_exhaustive]
pub struct WireTemplateProblem {
    /// Kind of the reason for programs, such as `value_count`, `missing_value`, `wrong_value` or `unusable`.
    pub kind: String,
    /// The reason in plain words.
    pub detail: String,
}

impl WireTemplate {
    /// Creates a template without values.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            language: language.into(),
            values: Vec::new(),
            named_values: BTreeMap::new(),
            header: None,
            buttons: Vec::new(),
            cards: Vec::new(),
            offer_end: None,
        }
    }
}

impl std::fmt::Debug for WireTemplateHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text",
            Self::Media(media) => return media.fmt(f),
            Self::Location(_) => "Location",
        })
    }
}

impl std::fmt::Debug for WireTemplateButton {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Payload { .. } => "Payload",
            Self::Url { .. } => "Url",
            Self::Code { .. } => "Code",
            Self::Form { .. } => "Form",
            Self::Catalog { .. } => "Catalog",
            Self::Products { .. } => "Products",
        })
    }
}

debug_without_content! {
    WireTemplate { name, language }
    WireTemplateProducts { products }
    WireTemplateCard {}
    WireTemplateCardHeader {}
}
