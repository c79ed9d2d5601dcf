//! Errors of the syntax of TOML, with the line to write if a text lacks its quotes.

use toml::de::Error;

use crate::lines_to_write::with_lines;
use crate::position::Position;
use crate::problem::ConfigProblem;
use crate::secret_key::is_secret;

/// Returns the problems of a file that is not TOML. Several errors of a text without quotes are one problem.
pub(crate) fn problems(text: &str, file: &str, errors: &[Error]) -> Vec<ConfigProblem> {
    let mut found: Vec<(Option<usize>, ConfigProblem)> = Vec::new();
    for error in errors {
        let start = error.span().map_or(0, |span| span.start);
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let unquoted = unquoted(line, section(text, line_start));
        if unquoted.is_some() && found.iter().any(|(line, _)| *line == Some(line_start)) {
            continue;
        }
        let (place, message) = match &unquoted {
            Some((column, fixed)) => (line_start + column, with_lines("a text must be in quotes", [fixed])),
            None => (start, error.message().trim_end_matches('.').replace('\n', ", ")),
        };
        let place = Position::of(text, place).in_file(file);
        let problem = ConfigProblem { place, path: String::new(), message };
        found.push((unquoted.map(|_| line_start), problem));
    }
    found.into_iter().map(|(_, problem)| problem).collect()
}

/// Returns the path of the table that the line at `line_start` is in.
fn section(text: &str, line_start: usize) -> &str {
    let before = text.get(..line_start).unwrap_or_default();
    let header = before.lines().rev().find_map(|line| line.trim().strip_prefix('[')).unwrap_or_default();
    header.split(']').next().unwrap_or_default().trim()
}

/// Returns the byte at which the value of a line in a section begins, and the line with quotes, if the value is a text without straight quotes.
fn unquoted(line: &str, section: &str) -> Option<(usize, String)> {
    let (key, value) = line.split_once('=')?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    if !key.chars().all(is_key) || key.trim().is_empty() {
        return None;
    }
    let column = line.len() - value.trim_start().len();
    let value = value.split(" #").next().unwrap_or_default().trim();
    let value = value.trim_matches(['“', '”', '„', '‘', '’', '«', '»']);
    let is_text = value.chars().any(|c| c.is_alphabetic() || c == '$') && !value.contains(['"', '\'', '\\', '[']);
    // An array, a table, a truth value or a date is something else that is wrong.
    let is_other = value.starts_with('{') || matches!(value, "true" | "false" | "inf" | "nan");
    if !is_text || is_other {
        return None;
    }
    let key = key.trim();
    let is_variable = value.starts_with("${") && value.ends_with('}');
    // The error must not show a secret.
    let is_hidden = is_secret(&format!("{section}.{key}")) && !is_variable;
    let value = if is_hidden { "${NAME_OF_A_VARIABLE}" } else { value };
    Some((column, format!("{key} = \"{value}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(unquoted(line, "models.m").map(|(_, fixed)| fixed).as_deref(), expected, "{line}");
    }

    #[test]
    fn a_text_without_quotes_is_recognized() {
        check("model = gpt-4o", Some("model = \"gpt-4o\""));
        check("  model = gpt-4o # a comment", Some("model = \"gpt-4o\""));
        check("timeout = 30s", Some("timeout = \"30s\""));
        check("model = “gpt-4o”", Some("model = \"gpt-4o\""));
        check("api_key = ${KEY}", Some("api_key = \"${KEY}\""));
        check("api_key = sk-hunter2", Some("api_key = \"${NAME_OF_A_VARIABLE}\""));
        for other in ["model = \"gpt", "port = 80.", "tools = [a", "a = { b = c", "is = true", "[server", "x"] {
            check(other, None);
        }
    }

    #[test]
    fn the_section_decides_what_is_secret() {
        let text = "[webhooks.crm]\nurl = a\n[mcp.shop.headers]\nX-Key = b\n";
        assert_eq!((section(text, 15), section(text, 46)), ("webhooks.crm", "mcp.shop.headers"));
        for (line, section) in [("url = a", "webhooks.crm"), ("X-Key = b", "mcp.shop.headers")] {
            assert!(unquoted(line, section).unwrap().1.contains("${NAME_OF_A_VARIABLE}"), "{line}");
        }
        assert!(unquoted("url = a", "mcp.shop").unwrap().1.contains("\"a\""));
    }
}
