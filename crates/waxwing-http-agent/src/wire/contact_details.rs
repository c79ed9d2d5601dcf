//! Further data of a contact card that a user shared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debug_without_content;

/// Data of a contact card that a user shared. The sender of the card wrote all of it.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ContactDetails")]
#[non_exhaustive]
pub struct WireContactDetails {
    /// Phone numbers with their types and WhatsApp ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<WireContactEntry>,
    /// Email addresses with their types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<WireContactEntry>,
    /// Web pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<WireContactEntry>,
    /// Postal addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<WireContactAddress>,
    /// Department of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Job title of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Birthday, usually as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// Card in the format vCard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcard: Option<String>,
    /// Origin of the card. `contact_request` means that the user shared their own number, because the business
    /// asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Phone number, email address or web page of a contact card.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ContactEntry")]
#[non_exhaustive]
pub struct WireContactEntry {
    /// Number or address.
    pub value: String,
    /// Type, such as `WORK`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Id of the phone number at WhatsApp, in digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp_id: Option<String>,
}

/// Postal address of a contact card.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ContactAddress")]
#[non_exhaustive]
pub struct WireContactAddress {
    /// Street and house number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Country as a code of two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// Type, such as `HOME`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

debug_without_content! {
    WireContactDetails {}
    WireContactEntry {}
    WireContactAddress {}
}
