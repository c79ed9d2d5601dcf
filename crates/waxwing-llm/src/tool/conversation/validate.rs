//! Checks of text arguments. The errors are for the model.

use waxwing_agent::AgentError;

use crate::ToolContext;

/// Maximum length of a text above buttons, in characters. A longer text would be split into several messages.
pub(super) const MAX_TEXT: usize = 1000;

/// Maximum length of a label, in characters. WhatsApp shows a longer choice as a numbered line.
pub(super) const MAX_LABEL: usize = 100;

/// Maximum length of a line above or below a text, in characters.
pub(super) const MAX_LINE: usize = 60;

/// Maximum length of a name or an address, in characters.
pub(super) const MAX_NAME: usize = 200;

/// Checks that an argument is not blank and has at most `limit` characters.
pub(super) fn required(name: &str, text: &str, limit: usize) -> Result<(), AgentError> {
    if text.trim().is_empty() {
        return Err(AgentError::new(format!("{name} must not be empty")));
    }
    at_most(name, text, limit)
}

/// Returns the id of a message of the turn by its number, counted from 1; of the last message without a number.
pub(super) fn message_id(ctx: &ToolContext, number: Option<usize>) -> Result<String, AgentError> {
    let messages = ctx.messages();
    let number = number.unwrap_or(messages.len());
    let Some(message) = number.checked_sub(1).and_then(|index| messages.get(index)) else {
        let count = messages.len();
        return Err(AgentError::new(format!(
            "message {number} does not exist; number of messages in this turn: {count}"
        )));
    };
    if message.id.is_empty() {
        return Err(AgentError::new("this message has no id"));
    }
    Ok(message.id.clone())
}

/// Checks that an argument has at most `limit` characters.
pub(super) fn at_most(name: &str, text: &str, limit: usize) -> Result<(), AgentError> {
    match text.chars().count() {
        count if count > limit => {
            Err(AgentError::new(format!("{name} must have at most {limit} characters, but has {count}")))
        }
        _ => Ok(()),
    }
}

/// Returns a line above or below a text. A blank line is none.
pub(super) fn optional_line(name: &str, line: Option<String>) -> Result<Option<String>, AgentError> {
    let line = line.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    at_most(name, line.as_deref().unwrap_or_default(), MAX_LINE)?;
    Ok(line)
}
