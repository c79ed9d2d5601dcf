//! Cards of people and businesses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::WaId;
use crate::limits;
use crate::validation::{self, ValidationError};

/// The card of a person or a business.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCard {
    /// The name.
    pub name: ContactName,
    /// Telephone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<ContactPhone>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<ContactEmail>,
    /// Where the person works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<ContactOrganization>,
    /// Web pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<ContactUrl>,
}

/// The name on a card. Meta wants at least one part of it besides the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactName {
    /// The whole name, as it is shown.
    pub formatted_name: String,
    /// The first name, or the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

/// A telephone number on a card. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPhone {
    /// The number, as it is shown.
    pub phone: String,
    /// The WhatsApp id behind it; with it, the card has a button to write there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<WaId>,
}

/// An e-mail address on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactEmail {
    /// The address.
    pub email: String,
}

/// A company on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactOrganization {
    /// Its name.
    pub company: String,
}

/// A web page on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactUrl {
    /// Its address.
    pub url: String,
}

impl ContactCard {
    /// A card with a name alone, which is taken for the first name as well.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            name: ContactName { formatted_name: name.clone(), first_name: Some(name), last_name: None },
            phones: Vec::new(),
            emails: Vec::new(),
            org: None,
            urls: Vec::new(),
        }
    }

    /// Adds a telephone number.
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phones.push(ContactPhone { phone: phone.into(), wa_id: None });
        self
    }

    /// Adds the number of somebody on WhatsApp: the card has a button to write there.
    pub fn whatsapp(mut self, phone: impl Into<String>, wa_id: WaId) -> Self {
        self.phones.push(ContactPhone { phone: phone.into(), wa_id: Some(wa_id) });
        self
    }

    /// Adds an e-mail address.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(ContactEmail { email: email.into() });
        self
    }

    /// Says where the person works.
    pub fn company(mut self, company: impl Into<String>) -> Self {
        self.org = Some(ContactOrganization { company: company.into() });
        self
    }

    /// Adds a web page.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.urls.push(ContactUrl { url: url.into() });
        self
    }

    fn validate(&self) -> Result<(), ValidationError> {
        let is_blank = |text: &str| text.trim().is_empty();
        let ContactName { formatted_name, first_name, last_name } = &self.name;
        if is_blank(formatted_name) {
            return Err(ValidationError::Empty { field: "contacts.name.formatted_name" });
        }
        if [first_name, last_name].into_iter().flatten().all(|part| is_blank(part)) {
            return Err(ValidationError::Empty { field: "contacts.name.first_name" });
        }
        Ok(())
    }
}

impl fmt::Debug for ContactPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phone").field("wa_id", &self.wa_id).finish_non_exhaustive()
    }
}

pub(super) fn validate(contacts: &[ContactCard]) -> Result<(), ValidationError> {
    validation::item_count("contacts", contacts, limits::CONTACTS)?;
    contacts.iter().try_for_each(ContactCard::validate)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn cards() {
        check_content(
            ContactCard::new("Bea")
                .phone("+34 611 111 111")
                .whatsapp("+34 622 222 222", WaId::new("34622222222"))
                .email("bea@example.com")
                .company("Bea & Co")
                .url("https://example.com"),
            &json!([{
                "name": {"formatted_name": "Bea", "first_name": "Bea"},
                "phones": [{"phone": "+34 611 111 111"}, {"phone": "+34 622 222 222", "wa_id": "34622222222"}],
                "emails": [{"email": "bea@example.com"}],
                "org": {"company": "Bea & Co"},
                "urls": [{"url": "https://example.com"}],
            }]),
        );
        check_invalid(Vec::new(), &ValidationError::Empty { field: "contacts" });
        check_invalid(
            vec![ContactCard::new("Bea"); 6],
            &ValidationError::TooMany { field: "contacts", count: 6, limit: limits::CONTACTS },
        );
        check_invalid(ContactCard::new(" "), &ValidationError::Empty { field: "contacts.name.formatted_name" });
        let mut nameless = ContactCard::new("Bea");
        nameless.name.first_name = None;
        check_invalid(nameless, &ValidationError::Empty { field: "contacts.name.first_name" });
    }

    #[test]
    fn debug_shows_no_numbers() {
        assert!(!format!("{:?}", ContactCard::new("Bea").phone("+34 611 111 111")).contains("611"));
    }
}
