//! Checks of text arguments. The errors are for the model.

use waxwing_agent::AgentError;

/// Maximum length of a text above buttons, in characters. A longer text would be split into several messages.
pub(super) const MAX_TEXT: usize = 1000;

/// Maximum length of a label, in characters. WhatsApp shows a longer choice as a numbered line.
pub(super) const MAX_LABEL: usize = 100;

/// Maximum length of a name or an address, in characters.
pub(super) const MAX_NAME: usize = 200;

/// Checks that an argument is not blank and has at most `limit` characters.
pub(super) fn required(name: &str, text: &str, limit: usize) -> Result<(), AgentError> {
    if text.trim().is_empty() {
        return Err(AgentError::new(format!("{name} must not be empty")));
    }
    at_most(name, text, limit)
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
