//! Rule: help texts do not state defaults by hand.
//!
//! The code that applies a default provides its text. clap prints the default of an argument with `default_value_t`, and a table of
//! settings can format its own defaults.

use super::rust::lexer::{CommentKind, Kind};
use super::{Finding, Project};

/// Texts that start the statement of a default.
const MARKERS: [&str; 3] = ["[default: ", "[default is ", "(default: "];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in project.sources.iter().filter(|source| !source.is_test && !source.path.starts_with("xtask/")) {
        let tests = source.test_ranges();
        for (i, token) in source.tokens.iter().enumerate() {
            if token.kind == Kind::Text && !tests.iter().any(|range| range.contains(&i)) {
                findings.extend(by_hand(token.text).map(|text| finding(source.path, token.line, text)));
            }
        }
        for comment in source.comments.iter().filter(|comment| comment.kind == CommentKind::Outer) {
            for (line, text) in &comment.lines {
                findings.extend(by_hand(text).map(|text| finding(source.path, *line, text)));
            }
        }
    }
    findings
}

fn finding(path: &str, line: usize, text: &str) -> Finding {
    Finding::new(path, line, format!("the help says `{text}` by hand; take the default from the code that applies it"))
}

/// Returns the text that states a default, unless `format!` inserts the value.
fn by_hand(text: &str) -> Option<&str> {
    let (at, marker) = MARKERS.iter().find_map(|marker| text.find(marker).map(|at| (at, marker)))?;
    let value = &text[at + marker.len()..];
    if value.starts_with('{') || value.starts_with('"') {
        return None;
    }
    let end = value.find([']', ')']).map_or(text.len(), |end| at + marker.len() + end + 1);
    Some(&text[at..end])
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_rule(super::check, &[("a/src/lib.rs", text)], expected);
    }

    #[test]
    fn defaults_by_hand() {
        check("const A: &str = \"Port [default: 7777]\";", &["`[default: 7777]` by hand"]);
        check("struct A {\n/// Port (default: 7777).\nport: u16 }", &["a/src/lib.rs:2"]);
    }

    #[test]
    fn generated_defaults_pass() {
        check("fn a() { format!(\"{help} [default: {default}]\"); }", &[]);
        check("fn a(help: &str) -> bool { help.contains(\"[default: \") }", &[]);
        check("/// Port, 7777 by default.\nfn a() {}", &[]);
    }
}
