//! Tool `react`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Reply};

use super::validate::{message_id, required};
use crate::{Tool, ToolContext, tool};

/// Maximum length of an emoji, in characters. Some emoji consist of several characters.
const MAX_EMOJI: usize = 16;

/// Emoji that Unicode counts as letters.
const EMOJI_LETTERS: [char; 6] = ['ℹ', 'Ⓜ', '🅰', '🅱', '🅾', '🅿'];

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
        let is_text = |c: char| (c.is_alphabetic() && !EMOJI_LETTERS.contains(&c)) || c.is_whitespace();
        if emoji.is_ascii() || emoji.chars().any(is_text) {
            return Err(AgentError::new("emoji must be exactly one emoji"));
        }
        Ok(Reply::none().with_reaction(message_id(&ctx, message)?, emoji))
    })
}
