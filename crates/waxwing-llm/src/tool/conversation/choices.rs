//! Tool `offer_choices`.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Choice, Question, Reply};

use super::validate::{MAX_LABEL, MAX_TEXT, at_most, optional_line, required};
use crate::{Tool, tool};

/// Maximum number of choices, which is the limit of a WhatsApp list.
const MAX_CHOICES: usize = 10;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The question, in Markdown; at most 1000 characters.
    text: String,
    /// The choices, 2 to 10, all with different labels.
    choices: Vec<OfferedChoice>,
    /// A line above the question, at most 60 characters. Omit it if the question is clear.
    header: Option<String>,
    /// A line in small print below the question, at most 60 characters. Omit it if nothing is left to say.
    footer: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct OfferedChoice {
    /// The text that the user taps: at most 20 characters if there are up to three choices, otherwise at most 24.
    label: String,
    /// A second line, at most 72 characters. Omit it if the label is clear.
    description: Option<String>,
}

/// Creates the tool `offer_choices`: a question with choices to tap.
///
/// The model gives a text of at most 1000 characters and 2 to 10 choices.
pub fn offer_choices() -> impl Tool {
    let description = "Asks the user a question with choices to tap, shown as buttons or as a list. The choice arrives as the next message of the user. \
                       Use this tool when the user should choose from a few options, instead of listing the options in text.";
    tool("offer_choices", description, async |Arguments { text, choices, header, footer }, _| {
        required("text", &text, MAX_TEXT)?;
        if !(2..=MAX_CHOICES).contains(&choices.len()) {
            return Err(AgentError::new(format!(
                "choices must have 2 to {MAX_CHOICES} items, but has {}",
                choices.len()
            )));
        }
        let mut labels = HashSet::new();
        let mut question = Question::new(text);
        for (number, OfferedChoice { label, description }) in (1..).zip(choices) {
            required("label", &label, MAX_LABEL)?;
            at_most("description", description.as_deref().unwrap_or_default(), MAX_LABEL)?;
            if !labels.insert(label.trim().to_lowercase()) {
                return Err(AgentError::new(format!("labels must be different, but {label:?} occurs twice")));
            }
            let mut choice = Choice::new(number.to_string(), label);
            choice.description = description;
            question = question.with_choice(choice);
        }
        question.header = optional_line("header", header)?;
        question.footer = optional_line("footer", footer)?;
        Ok(Reply::from(question))
    })
}
