//! Tool `react`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Reply};

use super::validate::required;
use crate::{Tool, ToolContext, tool};

/// Maximum length of an emoji, in characters. Some emoji consist of several characters.
const MAX_EMOJI: usize = 12;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// One emoji.
    emoji: String,
    /// Number of the message among those that the user sent since your last answer; 1 is the first. The last one if omitted.
    message: Option<usize>,
}

/// Creates the tool `react`: an emoji on a message of the user in the current turn.
pub fn react() -> impl Tool {
    let description =
        "Adds an emoji reaction to a message of the user. A reaction is not an answer: always write an answer as well.";
    tool("react", description, async |Arguments { emoji, message }, ctx: ToolContext| {
        let emoji = emoji.trim();
        required("emoji", emoji, MAX_EMOJI)?;
        if emoji.is_ascii() || emoji.chars().any(|c| c.is_alphabetic() || c.is_whitespace()) {
            return Err(AgentError::new("emoji must be exactly one emoji"));
        }
        let messages = ctx.messages();
        let number = message.unwrap_or(messages.len());
        let target = number.checked_sub(1).and_then(|index| messages.get(index));
        let target = target.ok_or_else(|| {
            AgentError::new(format!(
                "message {number} does not exist; number of messages in this turn: {}",
                messages.len()
            ))
        })?;
        if target.id.is_empty() {
            return Err(AgentError::new("this message does not support reactions"));
        }
        Ok(Reply::none().with_reaction(target.id.as_str(), emoji))
    })
}
