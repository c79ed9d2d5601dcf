//! Places, cards, reactions.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Contact, Location, Reply};

use super::{at_most, required};
use crate::{Tool, ToolContext, tool};

/// The longest name and the longest address, in characters.
const MAX_NAME: usize = 200;

/// How many telephone numbers and how many addresses a card can have.
const MAX_LINES: usize = 5;

/// The longest emoji, in characters: some are made of several.
const MAX_EMOJI: usize = 12;

#[derive(Deserialize, JsonSchema)]
struct Place {
    /// In degrees, from -90 to 90; north is positive.
    latitude: f64,
    /// In degrees, from -180 to 180; east is positive.
    longitude: f64,
    /// What the place is called; 200 characters at most.
    name: Option<String>,
    /// Where it is, in words; 200 characters at most.
    address: Option<String>,
}

/// `send_location`: a place on the map.
pub fn send_location() -> impl Tool {
    let description =
        "Shows the user a place on the map. Only for places whose coordinates you were given or know exactly.";
    tool("send_location", description, async |Place { latitude, longitude, name, address }, _| {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return Err(AgentError::new("latitude must be from -90 to 90, and longitude from -180 to 180"));
        }
        at_most("name", name.as_deref().unwrap_or_default(), MAX_NAME)?;
        at_most("address", address.as_deref().unwrap_or_default(), MAX_NAME)?;
        let mut location = Location::new(latitude, longitude);
        location.name = name;
        location.address = address;
        Ok(Reply::from(location))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Card {
    /// The name of the person or the business; 200 characters at most.
    name: String,
    /// Telephone numbers with the code of their country, such as +34 600 000 000; 5 at most.
    #[serde(default)]
    phones: Vec<String>,
    /// E-mail addresses; 5 at most.
    #[serde(default)]
    emails: Vec<String>,
    /// Where the person works; 200 characters at most.
    company: Option<String>,
}

/// `share_contact`: the card of a person or a business.
pub fn share_contact() -> impl Tool {
    let description = "Sends the user the card of a person or a business, with at least a telephone number or an e-mail address. \
                       Only with what you were given; never make a number or an address up.";
    tool("share_contact", description, async |Card { name, phones, emails, company }, _| {
        required("name", &name, MAX_NAME)?;
        at_most("company", company.as_deref().unwrap_or_default(), MAX_NAME)?;
        if phones.is_empty() && emails.is_empty() {
            return Err(AgentError::new("a card needs a telephone number or an e-mail address"));
        }
        if phones.len() > MAX_LINES || emails.len() > MAX_LINES {
            return Err(AgentError::new(format!("a card has {MAX_LINES} numbers and {MAX_LINES} addresses at most")));
        }
        for phone in &phones {
            let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
            if !phone.chars().all(is_number) || phone.chars().filter(char::is_ascii_digit).count() < 3 {
                return Err(AgentError::new(format!("{phone:?} is no telephone number")));
            }
        }
        for email in &emails {
            at_most("an e-mail address", email, MAX_NAME)?;
            if !email.contains('@') || email.contains(char::is_whitespace) {
                return Err(AgentError::new(format!("{email:?} is no e-mail address")));
            }
        }
        let mut contact = Contact::new(name);
        contact.phones = phones;
        contact.emails = emails;
        contact.company = company;
        Ok(Reply::from(contact))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Reaction {
    /// One emoji.
    emoji: String,
    /// Which of the messages that the user sent since your last answer: 1 is the first. The last one if left out.
    message: Option<usize>,
}

/// `react`: an emoji on a message of the user. Only those of the current turn can be reached.
pub fn react() -> impl Tool {
    let description =
        "Puts an emoji on a message of the user. It is no answer: you still have to say something, if only a word.";
    tool("react", description, async |Reaction { emoji, message }, ctx: ToolContext| {
        let emoji = emoji.trim();
        required("emoji", emoji, MAX_EMOJI)?;
        if emoji.is_ascii() || emoji.chars().any(|c| c.is_alphabetic() || c.is_whitespace()) {
            return Err(AgentError::new("emoji must be one emoji and nothing else"));
        }
        let messages = ctx.messages();
        let number = message.unwrap_or(messages.len());
        let found = number.checked_sub(1).and_then(|nth| messages.get(nth));
        let found = found.ok_or_else(|| {
            AgentError::new(format!("there is no message {number}: the user sent {} in this turn", messages.len()))
        })?;
        if found.id.is_empty() {
            return Err(AgentError::new("nobody can react to this message"));
        }
        Ok(Reply::none().with_reaction(found.id.as_str(), emoji))
    })
}
