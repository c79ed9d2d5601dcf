//! Content of a contacts message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::WaId;
use crate::limits;
use crate::validation::{self, ValidationError};

/// Contact card of a person or a business. `Debug` hides everything but the number of entries.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages>
///
/// ```
/// use waxwing_types::{ContactCard, OutboundContent, WaId};
///
/// let card = ContactCard::new("Bea García")
///     .whatsapp("+34 622 222 222", WaId::new("34622222222"))
///     .email("bea@example.com")
///     .company("Bea & Co");
/// OutboundContent::from(card).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactCard {
    /// Name on the card.
    pub name: ContactName,
    /// Phone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<ContactPhone>,
    /// Email addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<ContactEmail>,
    /// Company of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<ContactOrganization>,
    /// Web pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<ContactUrl>,
}

/// Name on a contact card. Meta requires `formatted_name` and at least one of the other parts. `Debug` hides the name.
///
/// ```
/// use waxwing_types::{ContactCard, ContactName, OutboundContent};
///
/// let name = ContactName::new("Bea García").first_name("Bea").last_name("García");
/// OutboundContent::from(ContactCard::new(name).email("bea@example.com")).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactName {
    /// Full name, as WhatsApp shows it.
    pub formatted_name: String,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

/// Phone number on a contact card. `Debug` hides the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactPhone {
    /// Phone number, as WhatsApp shows it.
    pub phone: String,
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
}

/// Company on a contact card. `Debug` hides the name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactOrganization {
    /// Name of the company.
    pub company: String,
}

/// Web page on a contact card. `Debug` hides the URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactUrl {
    /// URL of the page.
    pub url: String,
}

impl ContactCard {
    /// Creates a card with a name.
    ///
    /// A string becomes the full name and the first name. Use [`ContactName`] to state the last name.
    pub fn new(name: impl Into<ContactName>) -> Self {
        Self { name: name.into(), phones: Vec::new(), emails: Vec::new(), org: None, urls: Vec::new() }
    }

    /// Adds a phone number.
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phones.push(ContactPhone { phone: phone.into(), wa_id: None });
        self
    }

    /// Adds a phone number that is on WhatsApp. The card has a button that opens a chat with it.
    pub fn whatsapp(mut self, phone: impl Into<String>, wa_id: WaId) -> Self {
        self.phones.push(ContactPhone { phone: phone.into(), wa_id: Some(wa_id) });
        self
    }

    /// Adds an email address.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(ContactEmail { email: email.into() });
        self
    }

    /// Sets the company of the person.
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

impl ContactName {
    /// Creates a name without a first name and a last name. Set at least one of them.
    pub fn new(formatted_name: impl Into<String>) -> Self {
        Self { formatted_name: formatted_name.into(), first_name: None, last_name: None }
    }

    /// Sets the first name.
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = Some(name.into());
        self
    }

    /// Sets the last name.
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = Some(name.into());
        self
    }
}

impl From<String> for ContactName {
    fn from(name: String) -> Self {
        Self::new(name.clone()).first_name(name)
    }
}

impl From<&str> for ContactName {
    fn from(name: &str) -> Self {
        Self::from(name.to_owned())
    }
}

impl From<&String> for ContactName {
    fn from(name: &String) -> Self {
        Self::from(name.clone())
    }
}

impl fmt::Debug for ContactCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactCard")
            .field("phones", &self.phones.len())
            .field("emails", &self.emails.len())
            .field("urls", &self.urls.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactName").finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactPhone").field("wa_id", &self.wa_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactEmail").finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactOrganization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactOrganization").finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactUrl").finish_non_exhaustive()
    }
}

/// Checks the number of cards, and the name on each card.
pub(super) fn validate(contacts: &[ContactCard]) -> Result<(), ValidationError> {
    validation::item_count("contacts", contacts, limits::CONTACTS)?;
    contacts.iter().try_for_each(ContactCard::validate)
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use serde_json::json;

    fn full_card() -> ContactCard {
        ContactCard::new("Bea")
            .phone("+34 611 111 111")
            .whatsapp("+34 622 222 222", WaId::new("34622222222"))
            .email("bea@example.com")
            .company("Bea & Co")
            .url("https://example.com")
    }

    #[test]
    fn cards_have_names_and_entries() {
        check_content(
            full_card(),
            &json!([{
                "name": {"formatted_name": "Bea", "first_name": "Bea"},
                "phones": [{"phone": "+34 611 111 111"}, {"phone": "+34 622 222 222", "wa_id": "34622222222"}],
                "emails": [{"email": "bea@example.com"}],
                "org": {"company": "Bea & Co"},
                "urls": [{"url": "https://example.com"}],
            }]),
        );
        check_content(
            ContactCard::new(ContactName::new("Bea G.").last_name("G.")),
            &json!([{"name": {"formatted_name": "Bea G.", "last_name": "G."}}]),
        );
        check_invalid(Vec::new(), &ValidationError::Empty { field: "contacts" });
        check_invalid(
            vec![ContactCard::new("Bea"); 6],
            &ValidationError::TooMany { field: "contacts", count: 6, limit: limits::CONTACTS },
        );
        check_invalid(ContactCard::new(" "), &ValidationError::Empty { field: "contacts.name.formatted_name" });
        check_invalid(
            ContactCard::new(ContactName::new("Bea")),
            &ValidationError::Empty { field: "contacts.name.first_name" },
        );
    }

    #[test]
    fn debug_hides_everything_on_a_card() {
        let card = full_card();
        let parts = format!("{:?}{:?}{:?}{:?}{:?}", card.name, card.phones, card.emails, card.org, card.urls);
        for value in ["Bea", "bea", "611", "622", "example.com"] {
            assert!(!parts.contains(value), "{value} in {parts}");
        }
        check_debug(card, &["Bea", "bea", "611", "622", "example.com"]);
    }
}
