//! Name on a contact card.

use serde::{Deserialize, Serialize};

use crate::redacted::debug_shows;
use crate::validation::ValidationError;

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
    /// Middle name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Title before the name, such as `Dr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Addition after the name, such as `Jr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

impl ContactName {
    /// Creates a name without its parts. Set at least one of them.
    pub fn new(formatted_name: impl Into<String>) -> Self {
        Self {
            formatted_name: formatted_name.into(),
            first_name: None,
            last_name: None,
            middle_name: None,
            prefix: None,
            suffix: None,
        }
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

    /// Sets the middle name.
    pub fn middle_name(mut self, name: impl Into<String>) -> Self {
        self.middle_name = Some(name.into());
        self
    }

    /// Sets the title before the name.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets the addition after the name.
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        let is_blank = |text: &str| text.trim().is_empty();
        let Self { formatted_name, first_name, last_name, middle_name, prefix, suffix } = self;
        if is_blank(formatted_name) {
            return Err(ValidationError::Empty { field: "contacts.name.formatted_name" });
        }
        let parts = [first_name, last_name, middle_name, prefix, suffix];
        if parts.into_iter().flatten().all(|part| is_blank(part)) {
            return Err(ValidationError::Empty { field: "contacts.name.first_name" });
        }
        Ok(())
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

debug_shows! { ContactName {} }
