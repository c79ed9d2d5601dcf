//! What people share besides words and media: places, and cards of people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place on the map.
///
/// In words, as `Display` gives it, it is its name, its address and its coordinates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// In degrees; north is positive.
    pub latitude: f64,
    /// In degrees; east is positive.
    pub longitude: f64,
    /// What the place is called.
    pub name: Option<String>,
    /// Where it is, in words.
    pub address: Option<String>,
}

impl Location {
    /// A place without a name.
    pub fn new(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude, name: None, address: None }
    }

    /// Says what the place is called.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says where it is, in words.
    pub fn at(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { latitude, longitude, name, address } = self;
        let words: Vec<_> = [name, address].into_iter().flatten().map(String::as_str).collect();
        if words.is_empty() {
            return write!(f, "{latitude}, {longitude}");
        }
        write!(f, "{} ({latitude}, {longitude})", words.join(", "))
    }
}

/// The card of a person or a business.
///
/// In words, as `Display` gives it, it is the name and whatever else is on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name, as it is shown.
    pub name: String,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Where the person works.
    pub company: Option<String>,
}

impl Contact {
    /// A card with a name alone.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a telephone number, with the code of its country.
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phones.push(phone.into());
        self
    }

    /// Adds an e-mail address.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Says where the person works.
    pub fn company(mut self, company: impl Into<String>) -> Self {
        self.company = Some(company.into());
        self
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match (self.name.as_str(), &self.company) {
            (name, None) => name.to_owned(),
            ("", Some(company)) => company.clone(),
            (name, Some(company)) => format!("{name} ({company})"),
        };
        let reached: Vec<_> = self.phones.iter().chain(&self.emails).map(String::as_str).collect();
        match (who.as_str(), reached.join(", ").as_str()) {
            (who, "") => f.write_str(who),
            ("", reached) => f.write_str(reached),
            (who, reached) => write!(f, "{who}: {reached}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_can_be_said_in_words() {
        assert_eq!(Location::new(40.4168, -3.7038).to_string(), "40.4168, -3.7038");
        let sol = Location::new(40.4168, -3.7038).named("Sol").at("Puerta del Sol 1");
        assert_eq!(sol.to_string(), "Sol, Puerta del Sol 1 (40.4168, -3.7038)");
        assert_eq!(Contact::new("Bea").to_string(), "Bea");
        assert_eq!(Contact::default().phone("+34 622 222 222").to_string(), "+34 622 222 222");
        let bea = Contact::new("Bea").phone("+34 622 222 222").email("bea@example.com").company("Bea & Co");
        assert_eq!(bea.to_string(), "Bea (Bea & Co): +34 622 222 222, bea@example.com");
    }
}
