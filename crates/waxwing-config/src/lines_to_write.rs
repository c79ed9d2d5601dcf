//! Messages that end with the lines to write.

use crate::key_path::last_key;

/// Indentation of the lines.
const INDENT: &str = "\n    ";

/// Returns a message, followed by lines of the file as they should be.
pub(crate) fn with_lines<L: AsRef<str>>(message: &str, lines: impl IntoIterator<Item = L>) -> String {
    lines.into_iter().fold(format!("{message}; write"), |mut text, line| {
        text.push_str(INDENT);
        text.push_str(line.as_ref());
        text
    })
}

/// Returns the line that sets the key at `path` to a text. An item of an array is the text alone.
pub(crate) fn assignment(path: &str, value: &str) -> String {
    match last_key(path) {
        Some(key) => format!("{key} = {value:?}"),
        None => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_below_the_message() {
        let lines = [assignment("models.m.api_key", "${KEY}"), assignment("a.tools[0]", "react")];
        assert_eq!(with_lines("is wrong", lines), "is wrong; write\n    api_key = \"${KEY}\"\n    \"react\"");
    }
}
