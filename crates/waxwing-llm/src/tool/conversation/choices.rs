//! What can be tapped.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use waxwing_agent::{AgentError, Choice, Link, Question, Reply};

use super::{at_most, required};
use crate::{Tool, tool};

/// The longest question, in characters. Longer ones would be cut into several messages.
const MAX_TEXT: usize = 1000;

/// How many answers can be offered: WhatsApp's lists have room for as many.
const MAX_CHOICES: usize = 10;

/// The longest label, in characters. WhatsApp shows it to tap if it is much shorter, else as a numbered line.
const MAX_LABEL: usize = 100;

/// The longest address of a page, in characters.
const MAX_URL: usize = 2000;

#[derive(Deserialize, JsonSchema)]
struct Choices {
    /// The question, in Markdown; 1000 characters at most.
    text: String,
    /// The answers to choose from, 2 to 10, each different.
    choices: Vec<Offer>,
}

#[derive(Deserialize, JsonSchema)]
struct Offer {
    /// What the user taps: 20 characters at most if there are up to three answers, else 24.
    label: String,
    /// A second line, 72 characters at most. Leave it out where the label says enough.
    description: Option<String>,
}

/// `offer_choices`: a question with answers to tap.
pub fn offer_choices() -> impl Tool {
    let description = "Asks the user a question with answers to tap, shown as buttons or as a list. The answer comes as the user's next message. \
                       Use it whenever the user is to choose from few possibilities, instead of listing them in words.";
    tool("offer_choices", description, async |Choices { text, choices }, _| {
        required("text", &text, MAX_TEXT)?;
        if !(2..=MAX_CHOICES).contains(&choices.len()) {
            return Err(AgentError::new(format!("there must be 2 to {MAX_CHOICES} choices, not {}", choices.len())));
        }
        let mut labels = HashSet::new();
        let mut question = Question::new(text);
        for (number, Offer { label, description }) in (1..).zip(choices) {
            required("label", &label, MAX_LABEL)?;
            at_most("description", description.as_deref().unwrap_or_default(), MAX_LABEL)?;
            if !labels.insert(label.trim().to_lowercase()) {
                return Err(AgentError::new(format!("two choices have the label {label:?}")));
            }
            let choice = description.into_iter().fold(Choice::new(number.to_string(), label), Choice::with_description);
            question = question.with_choice(choice);
        }
        Ok(Reply::from(question))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// The words above the button, in Markdown; 1000 characters at most.
    text: String,
    /// What stands on the button; 20 characters at most.
    label: String,
    /// The address of the page, beginning with https://.
    url: String,
}

/// `send_link`: words with a button that opens a web page.
pub fn send_link() -> impl Tool {
    let description = "Sends the user words with a button that opens a web page. Only for addresses that you were given; never make one up.";
    tool("send_link", description, async |Page { text, label, url }, _| {
        required("text", &text, MAX_TEXT)?;
        required("label", &label, MAX_LABEL)?;
        at_most("url", &url, MAX_URL)?;
        let is_page = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if !is_page {
            return Err(AgentError::new("url is no address of a web page: it must begin with https://"));
        }
        Ok(Reply::from(Link::new(url).with_label(label).with_text(text)))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Where {
    /// What the user is asked, in Markdown; 1000 characters at most.
    text: String,
}

/// `ask_for_location`: words with a button to share a place.
pub fn ask_for_location() -> impl Tool {
    let description = "Asks the user to share a place, with a button to do so. The place comes as the user's next message, if it comes.";
    tool("ask_for_location", description, async |Where { text }, _| {
        required("text", &text, MAX_TEXT)?;
        Ok(Reply::none().with_location_request(text))
    })
}
