//! Content of a contacts message.

mod entries;
mod name;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::WaId;
use crate::limits;
use crate::validation::{self, ValidationError};

pub use entries::{ContactAddress, ContactEmail, ContactOrganization, ContactPhone, ContactUrl};
pub use name::ContactName;

/// Contact card of a person or a business. `Debug` hides everything but the number of entries.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages>
///
/// ```
/// use waxwing_types::{ContactAddress, ContactCard, ContactPhone, OutboundContent, WaId};
///
/// let card = ContactCard::new("Bea García")
///     .whatsapp("+34 622 222 222", WaId::new("34622222222"))
///     .phone(ContactPhone::new("+34 911 111 111").kind("WORK"))
///     .email("bea@example.com")
///     .company("Bea & Co")
///     .address(ContactAddress::default().street("Calle Mayor 1").city("Madrid"))
///     .birthday("1990-05-17");
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
    /// Postal addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<ContactAddress>,
    /// Date of birth, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

impl ContactCard {
    /// Creates a card with a name.
    ///
    /// A string becomes the full name and the first name. Use [`ContactName`] to state other parts of the name.
    pub fn new(name: impl Into<ContactName>) -> Self {
        Self {
            name: name.into(),
            phones: Vec::new(),
            emails: Vec::new(),
            org: None,
            urls: Vec::new(),
            addresses: Vec::new(),
            birthday: None,
        }
    }

    /// Adds a phone number: a text, or a [`ContactPhone`] with its kind.
    pub fn phone(mut self, phone: impl Into<ContactPhone>) -> Self {
        self.phones.push(phone.into());
        self
    }

    /// Adds a phone number that is on WhatsApp. The card has a button that opens a chat with it.
    pub fn whatsapp(self, phone: impl Into<String>, wa_id: WaId) -> Self {
        self.phone(ContactPhone::new(phone).whatsapp(wa_id))
    }

    /// Adds an email address: a text, or a [`ContactEmail`] with its kind.
    pub fn email(mut self, email: impl Into<ContactEmail>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Sets the company of the person: its name, or a [`ContactOrganization`] with the department and the title.
    pub fn company(mut self, company: impl Into<ContactOrganization>) -> Self {
        self.org = Some(company.into());
        self
    }

    /// Adds a web page: a URL, or a [`ContactUrl`] with its kind.
    pub fn url(mut self, url: impl Into<ContactUrl>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// Adds a postal address.
    pub fn address(mut self, address: ContactAddress) -> Self {
        self.addresses.push(address);
        self
    }

    /// Sets the date of birth, as `YYYY-MM-DD`.
    pub fn birthday(mut self, date: impl Into<String>) -> Self {
        self.birthday = Some(date.into());
        self
    }

    fn validate(&self) -> Result<(), ValidationError> {
        self.name.validate()?;
        if self.birthday.as_deref().is_some_and(|date| !is_date(date)) {
            return Err(ValidationError::Malformed {
                field: "contacts.birthday",
                expected: "a date such as 1990-05-17",
            });
        }
        Ok(())
    }
}

/// Returns true for a text of the form `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let is_number = |part: &&str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(&parts[..], [year, month, day] if is_number(year, 4) && is_number(month, 2) && is_number(day, 2))
}

impl fmt::Debug for ContactCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactCard")
            .field("phones", &self.phones.len())
            .field("emails", &self.emails.len())
            .field("urls", &self.urls.len())
            .field("addresses", &self.addresses.len())
            .finish_non_exhaustive()
    }
}

/// Checks the number of cards, and the name and the date on each card.
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
        let address = ContactAddress::default().street("Calle Mayor 1").city("Madrid").state("M").zip("28013");
        ContactCard::new("Bea")
            .phone("+34 611 111 111")
            .whatsapp("+34 622 222 222", WaId::new("34622222222"))
            .email(ContactEmail::new("bea@example.com").kind("WORK"))
            .company(ContactOrganization::new("Bea & Co").department("Kitchen").title("Chef"))
            .url("https://example.com")
            .address(address.country("Spain", "es").kind("HOME"))
            .birthday("1990-05-17")
    }

    #[test]
    fn cards_have_names_and_entries() {
        check_content(
            full_card(),
            &json!([{
                "name": {"formatted_name": "Bea", "first_name": "Bea"},
                "phones": [{"phone": "+34 611 111 111"}, {"phone": "+34 622 222 222", "wa_id": "34622222222"}],
                "emails": [{"email": "bea@example.com", "type": "WORK"}],
                "org": {"company": "Bea & Co", "department": "Kitchen", "title": "Chef"},
                "urls": [{"url": "https://example.com"}],
                "addresses": [{
                    "street": "Calle Mayor 1", "city": "Madrid", "state": "M", "zip": "28013",
                    "country": "Spain", "country_code": "es", "type": "HOME",
                }],
                "birthday": "1990-05-17",
            }]),
        );
        check_content(
            ContactCard::new(ContactName::new("Dr Bea G.").prefix("Dr").middle_name("M.").last_name("G.").suffix("Jr")),
            &json!([{"name": {
                "formatted_name": "Dr Bea G.", "last_name": "G.", "middle_name": "M.", "prefix": "Dr", "suffix": "Jr",
            }}]),
        );
    }

    #[test]
    fn cards_have_limits() {
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
        for date in ["1990", "17.05.1990", "1990-5-17", "1990-05-17-1", "199O-05-17"] {
            let expected = "a date such as 1990-05-17";
            let error = ValidationError::Malformed { field: "contacts.birthday", expected };
            check_invalid(ContactCard::new("Bea").birthday(date), &error);
        }
    }

    #[test]
    fn debug_hides_the_entries() {
        let hidden = ["Bea", "622", "bea@", "Kitchen", "example", "Mayor", "1990"];
        check_debug(full_card(), &hidden);
        let card = full_card();
        let parts = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            card.name, card.phones[0], card.emails, card.org, card.urls, card.addresses
        );
        for value in hidden {
            assert!(!parts.contains(value), "{value} in {parts}");
        }
    }
}
