//! Further data of a contact card that a user shared.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::debug_without_fields;

/// Data of a contact card that a user shared, in addition to those of a [`Contact`](crate::Contact). Agents cannot send them.
///
/// The sender of the card wrote all of it. `Debug` output contains none of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactDetails {
    /// Phone numbers with their types and WhatsApp ids.
    pub phones: Vec<ContactEntry>,
    /// Email addresses with their types.
    pub emails: Vec<ContactEntry>,
    /// Web pages.
    pub urls: Vec<ContactEntry>,
    /// Postal addresses.
    pub addresses: Vec<ContactAddress>,
    /// Department of the person.
    pub department: Option<String>,
    /// Job title of the person.
    pub title: Option<String>,
    /// Birthday, usually as `YYYY-MM-DD`.
    pub birthday: Option<String>,
    /// Card in the format vCard.
    pub vcard: Option<String>,
    /// Origin of the card. `contact_request` means that the user shared their own number, because the business
    /// asked for it.
    pub origin: Option<String>,
}

/// Phone number, email address or web page of a contact card.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactEntry {
    /// Number or address.
    pub value: String,
    /// Type, such as `WORK`.
    pub kind: Option<String>,
    /// Id of the phone number at WhatsApp, in digits.
    pub whatsapp_id: Option<String>,
}

/// Postal address of a contact card. `Display` gives the parts that are known.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactAddress {
    /// Street and house number.
    pub street: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Country as a code of two letters.
    pub country_code: Option<String>,
    /// Type, such as `HOME`.
    pub kind: Option<String>,
}

impl ContactEntry {
    /// Creates an entry without a type.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }
}

impl fmt::Display for ContactAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let country = self.country.as_ref().or(self.country_code.as_ref());
        let parts = [self.street.as_ref(), self.city.as_ref(), self.state.as_ref(), self.zip.as_ref(), country];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        f.write_str(&parts.join(", "))
    }
}

debug_without_fields!(ContactDetails, ContactEntry, ContactAddress);
