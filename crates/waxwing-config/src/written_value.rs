//! Mistakes in a text of the file, found by the text as written with the value that it stands for.

use waxwing::is_placeholder;

use crate::key_path::last_key;
use crate::lines_to_write::{assignment, with_lines};
use crate::secret_key::is_secret;
use crate::variable_reference;

/// Mistake in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The text cannot be meant.
    Error(String),
    /// The text could be meant.
    Warning(String),
}

/// Returns the mistake in the text `written` at a path, whose value is `value` after the substitution of variables.
pub(crate) fn mistake(path: &str, written: &str, value: &str) -> Option<Mistake> {
    unbraced(path, written).or_else(|| placeholder(path, written, value))
}

/// Finds a variable without the braces of `${NAME}`.
fn unbraced(path: &str, written: &str) -> Option<Mistake> {
    let is_url = matches!(last_key(path), Some("url" | "base_url" | "graph_url"));
    let is_sure = is_url || is_secret(path);
    if let Some(name) = variable_reference::whole(written) {
        let message = format!("`{}` is not replaced by the environment variable", written.trim());
        let message = with_lines(&message, [assignment(path, &format!("${{{name}}}"))]);
        return Some(if is_sure { Mistake::Error(message) } else { Mistake::Warning(message.replace("\n    ", " ")) });
    }
    let name = variable_reference::part(written).filter(|_| is_sure)?;
    let message = format!("`${name}` is not replaced by the environment variable; write `${{{name}}}` in its place");
    Some(Mistake::Error(message))
}

/// Finds a secret that was copied from an example.
fn placeholder(path: &str, written: &str, value: &str) -> Option<Mistake> {
    if !is_secret(path) || !is_placeholder(value) {
        return None;
    }
    let variable = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    Some(Mistake::Error(match variable {
        Some(name) => format!("the environment variable `{name}` still has an example value; set your own"),
        None => "is still an example value; set your own".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_and_urls_are_surely_wrong() {
        let error = "`$KEY` is not replaced by the environment variable; write\n    api_key = \"${KEY}\"";
        assert_eq!(mistake("models.m.api_key", "$KEY", "$KEY"), Some(Mistake::Error(error.to_owned())));
        let warning = "`$KEY` is not replaced by the environment variable; write refusal = \"${KEY}\"";
        assert_eq!(mistake("access.a.refusal", "$KEY", "$KEY"), Some(Mistake::Warning(warning.to_owned())));
        assert_eq!(mistake("access.a.refusal", "It costs $KEY", "It costs $KEY"), None);
        assert_eq!(mistake("access.a.refusal", "your-text", "your-text"), None);
    }
}
