//! Tool `share_contact`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Contact, Reply};

use super::validate::{MAX_NAME, at_most, required};
use crate::{Tool, tool};

/// Maximum number of phone numbers and of email addresses.
const MAX_ENTRIES: usize = 5;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Name of the person or the business; at most 200 characters.
    name: String,
    /// Phone numbers with country code, such as +34 600 000 000; at most 5.
    #[serde(default)]
    phones: Vec<String>,
    /// Email addresses; at most 5.
    #[serde(default)]
    emails: Vec<String>,
    /// The person's company; at most 200 characters.
    company: Option<String>,
}

/// Creates the tool `share_contact`: the contact card of a person or a business.
///
/// The model gives a name of at most 200 characters, and up to 5 phone numbers and 5 email addresses, at least one of either.
pub fn share_contact() -> impl Tool {
    let description = "Sends the user the contact card of a person or a business, with at least one phone number or email address. \
                       Use only contact data that you were given. Never invent a phone number or an email address.";
    tool("share_contact", description, async |Arguments { name, phones, emails, company }, _| {
        required("name", &name, MAX_NAME)?;
        at_most("company", company.as_deref().unwrap_or_default(), MAX_NAME)?;
        if phones.is_empty() && emails.is_empty() {
            return Err(AgentError::new("a contact needs at least one phone number or email address"));
        }
        if phones.len() > MAX_ENTRIES || emails.len() > MAX_ENTRIES {
            return Err(AgentError::new(format!(
                "a contact has at most {MAX_ENTRIES} phone numbers and {MAX_ENTRIES} email addresses"
            )));
        }
        phones.iter().try_for_each(|phone| check_phone(phone))?;
        emails.iter().try_for_each(|email| check_email(email))?;
        let mut contact = Contact::new(name);
        (contact.phones, contact.emails, contact.company) = (phones, emails, company);
        Ok(Reply::from(contact))
    })
}

fn check_phone(phone: &str) -> Result<(), AgentError> {
    let is_phone_char = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    if !phone.chars().all(is_phone_char) || phone.chars().filter(char::is_ascii_digit).count() < 3 {
        return Err(AgentError::new(format!("{phone:?} is not a phone number")));
    }
    Ok(())
}

fn check_email(email: &str) -> Result<(), AgentError> {
    at_most("an email address", email, MAX_NAME)?;
    if !email.contains('@') || email.contains(char::is_whitespace) {
        return Err(AgentError::new(format!("{email:?} is not an email address")));
    }
    Ok(())
}
