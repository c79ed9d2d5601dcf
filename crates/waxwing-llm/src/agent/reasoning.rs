//! Reasoning of the model in messages to the user.

/// Prefix of reasoning that the user sees.
const PREFIX: &str = "> 💭 ";

/// Formats reasoning as a Markdown quotation.
pub(super) fn as_quotation(reasoning: &str) -> String {
    format!("{PREFIX}{}", reasoning.trim().replace('\n', "\n> "))
}

/// Returns an earlier message of the agent without the reasoning at its start.
pub(super) fn strip(message: &str) -> &str {
    let mut rest = message;
    if message.starts_with(PREFIX) {
        while rest.starts_with('>') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }
    rest
}
