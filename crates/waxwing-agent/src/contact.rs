//! Contact card.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contact_details::ContactDetails;

/// The contact card of a person or a business. Users share contact cards, and agents send them.
///
/// `Display` gives all fields. `Debug` output gives none of them.
///
/// ```
/// use waxwing_agent::Contact;
///
/// let bea = Contact::new("Bea").with_phone("+34 622 222 222").with_company("Bea & Co");
/// assert_eq!(bea.to_string(), "Bea (Bea & Co): +34 622 222 222");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// Display name.
    pub name: String,
    /// Phone numbers with country code.
    pub phones: Vec<String>,
    /// Email addresses.
    pub emails: Vec<String>,
    /// Company of the person.
    pub company: Option<String>,
    /// Further data of a card that a user shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<ContactDetails>>,
}

impl Contact {
    /// Creates a contact card with a name only.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a phone number, with country code.
    pub fn with_phone(mut self, phone: impl Into<String>) -> Self {
        self.phones.push(phone.into());
        self
    }

    /// Adds an email address.
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Sets the company.
    pub fn with_company(mut self, company: impl Into<String>) -> Self {
        self.company = Some(company.into());
        self
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.name.as_str(), &self.company) {
            (name, None) => name.to_owned(),
            ("", Some(company)) => company.clone(),
            (name, Some(company)) => format!("{name} ({company})"),
        };
        let addresses: Vec<_> = self.phones.iter().chain(&self.emails).map(String::as_str).collect();
        match (name.as_str(), addresses.join(", ").as_str()) {
            (name, "") => f.write_str(name),
            ("", addresses) => f.write_str(addresses),
            (name, addresses) => write!(f, "{name}: {addresses}"),
        }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_displays_all_fields_that_are_set() {
        assert_eq!(Contact::new("Bea").to_string(), "Bea");
        assert_eq!(Contact::default().with_phone("+34 622 222 222").to_string(), "+34 622 222 222");
        let bea = Contact::new("Bea").with_phone("+34 622 222 222").with_email("bea@example.com");
        assert_eq!(bea.with_company("Bea & Co").to_string(), "Bea (Bea & Co): +34 622 222 222, bea@example.com");
    }

    #[test]
    fn debug_output_has_neither_name_nor_number() {
        assert_eq!(format!("{:?}", Contact::new("Bea").with_phone("+34 622 222 222")), "Contact { .. }");
    }
}
