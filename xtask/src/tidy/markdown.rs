//! Separation of prose from code in Markdown.

use super::File;

/// Line of a Markdown file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Line number, from 1.
    pub(super) number: usize,
    pub(super) text: &'a str,
    /// Whether the line is in a fenced code block, or is its fence.
    pub(super) is_code: bool,
}

impl Line<'_> {
    pub(super) fn is_table_row(&self) -> bool {
        !self.is_code && self.text.trim_start().starts_with('|')
    }
}

/// Returns the lines of a file.
pub(super) fn lines(file: &File) -> Vec<Line<'_>> {
    fenced(file.text.lines().enumerate().map(|(i, text)| (i + 1, text)))
}

/// Finds the fenced code blocks in numbered lines.
pub(super) fn fenced<'a>(lines: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<Line<'a>> {
    let mut is_open = false;
    let mut fenced = Vec::new();
    for (number, text) in lines {
        let is_fence = text.trim_start().starts_with("```");
        fenced.push(Line { number, text, is_code: is_open || is_fence });
        is_open ^= is_fence;
    }
    fenced
}

/// Replaces each code span with a blank span of the same length, so that its content is not checked.
pub(super) fn without_code_spans(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut in_span = false;
    for c in text.chars() {
        if c == '`' {
            in_span = !in_span;
            prose.push(c);
        } else {
            prose.push(if in_span { '_' } else { c });
        }
    }
    // A single back-tick does not start a code span.
    if in_span { text.to_owned() } else { prose }
}

/// Returns the code spans of a line.
pub(super) fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|span| !span.is_empty()).collect()
}

/// Returns the cells of a table row.
pub(super) fn cells(row: &str) -> Vec<&str> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    row.strip_suffix('|').unwrap_or(row).split('|').map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_code() {
        let lines = fenced([(1, "a"), (2, "```rust"), (3, "b"), (4, "```"), (5, "c")]);
        let code: Vec<_> = lines.iter().filter(|line| line.is_code).map(|line| line.number).collect();
        assert_eq!(code, [2, 3, 4]);
    }

    #[test]
    fn code_spans_are_no_prose() {
        assert_eq!(without_code_spans("a `bc` d"), "a `__` d");
        assert_eq!(without_code_spans("a ` b"), "a ` b");
        assert_eq!(code_spans("a `b`, `c`"), ["b", "c"]);
    }

    #[test]
    fn cells_of_rows() {
        assert_eq!(cells("| a | `b` | |"), ["a", "`b`", ""]);
    }
}
