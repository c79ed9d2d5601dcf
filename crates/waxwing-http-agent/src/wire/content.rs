//! Content that goes in both directions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contact_details::WireContactDetails;
use super::debug_without_content;

/// Answer to a question.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Choice")]
#[non_exhaustive]
pub struct WireChoice {
    /// Id of the choice. The id comes back from the user's phone: look it up.
    pub id: String,
    /// Text that the user reads and taps.
    pub label: String,
    /// Second line below the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Place on the map.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Location")]
#[non_exhaustive]
pub struct WireLocation {
    /// Latitude in degrees. North is positive.
    pub latitude: f64,
    /// Longitude in degrees. East is positive.
    pub longitude: f64,
    /// Name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Web page of the place. Only in turns: Waxwing cannot send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Contact card of a person or a business.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Contact")]
#[non_exhaustive]
pub struct WireContact {
    /// Display name.
    pub name: String,
    /// Phone numbers with country code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Email addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Company of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Further data of a card that a user shared. Only in turns: Waxwing cannot send them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<WireContactDetails>>,
}

/// Kind of media, as the user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Kind")]
pub enum WireMediaKind {
    /// Image.
    Image,
    /// Video.
    Video,
    /// Audio file.
    Audio,
    /// Recorded voice note.
    Voice,
    /// File of any type.
    Document,
    /// Sticker.
    Sticker,
}

impl WireChoice {
    /// Creates a choice without a description.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), description: None }
    }
}

impl WireLocation {
    /// Creates a location from its latitude and longitude in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude, name: None, address: None, url: None }
    }
}

impl WireContact {
    /// Creates a contact card with a name only.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), phones: Vec::new(), emails: Vec::new(), company: None, details: None }
    }
}

debug_without_content! {
    WireChoice {}
    WireLocation {}
    WireContact {}
}
