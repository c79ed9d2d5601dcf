//! Entries of a contact card: phone numbers, addresses, the company.

use serde::{Deserialize, Serialize};

use crate::WaId;
use crate::redacted::debug_shows;

/// Phone number on a contact card. `Debug` hides the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactPhone {
    /// Phone number, as WhatsApp shows it.
    pub phone: String,
    /// Kind of the number, such as `HOME`, `WORK` or `CELL`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// WhatsApp id of the number. With it, the card has a button that opens a chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<WaId>,
}

/// Email address on a contact card. `Debug` hides the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactEmail {
    /// Email address.
    pub email: String,
    /// Kind of the address, `HOME` or `WORK`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Company on a contact card. `Debug` hides the names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactOrganization {
    /// Name of the company.
    pub company: String,
    /// Department of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Title of the person, such as `Manager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Web page on a contact card. `Debug` hides the URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactUrl {
    /// URL of the page.
    pub url: String,
    /// Kind of the page, `HOME` or `WORK`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Postal address on a contact card. `Debug` hides the address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactAddress {
    /// Street and number.
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
    /// Name of the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Code of the country in two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// Kind of the address, `HOME` or `WORK`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl ContactPhone {
    /// Creates a phone number without a kind.
    pub fn new(phone: impl Into<String>) -> Self {
        Self { phone: phone.into(), kind: None, wa_id: None }
    }

    /// Sets the WhatsApp id of the number. With it, the card has a button that opens a chat.
    pub fn whatsapp(mut self, wa_id: WaId) -> Self {
        self.wa_id = Some(wa_id);
        self
    }
}

impl ContactEmail {
    /// Creates an email address without a kind.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), kind: None }
    }
}

impl ContactOrganization {
    /// Creates a company, without the department and the title of the person.
    pub fn new(company: impl Into<String>) -> Self {
        Self { company: company.into(), department: None, title: None }
    }

    /// Sets the department of the person.
    pub fn department(mut self, department: impl Into<String>) -> Self {
        self.department = Some(department.into());
        self
    }

    /// Sets the title of the person.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

impl ContactUrl {
    /// Creates a web page without a kind.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), kind: None }
    }
}

impl ContactAddress {
    /// Sets the street and the number.
    pub fn street(mut self, street: impl Into<String>) -> Self {
        self.street = Some(street.into());
        self
    }

    /// Sets the city.
    pub fn city(mut self, city: impl Into<String>) -> Self {
        self.city = Some(city.into());
        self
    }

    /// Sets the state or region.
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Sets the postal code.
    pub fn zip(mut self, zip: impl Into<String>) -> Self {
        self.zip = Some(zip.into());
        self
    }

    /// Sets the name of the country, and its code in two letters.
    pub fn country(mut self, name: impl Into<String>, code: impl Into<String>) -> Self {
        self.country = Some(name.into());
        self.country_code = Some(code.into());
        self
    }
}

macro_rules! with_kind {
    ($($type:ident),*) => {
        $(impl $type {
            /// Sets the kind, such as `HOME` or `WORK`.
            pub fn kind(mut self, kind: impl Into<String>) -> Self {
                self.kind = Some(kind.into());
                self
            }
        })*
    };
}
with_kind!(ContactPhone, ContactEmail, ContactUrl, ContactAddress);

macro_rules! from_text {
    ($($type:ident),*) => {
        $(impl<T: Into<String>> From<T> for $type {
            fn from(text: T) -> Self {
                Self::new(text)
            }
        })*
    };
}
from_text!(ContactPhone, ContactEmail, ContactOrganization, ContactUrl);

debug_shows! {
    ContactPhone { wa_id }
    ContactEmail {}
    ContactOrganization {}
    ContactUrl {}
    ContactAddress {}
}
