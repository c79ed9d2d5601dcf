//! Repetitions in answers of models.

use crate::output::Fence;

/// Number of identical lines in a row that count as a repetition. Two may be intended, as in a song.
const LINES: usize = 3;

/// Returns a text with repeated paragraphs, and lines that occur at least three times in a row, once. Code blocks stay as they are.
pub(super) fn once(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut fence = None;
    let mut repeated = None;
    for line in text.split('\n') {
        let was_in_code = fence.is_some();
        fence = Fence::after(fence, line);
        let is_code = was_in_code || fence.is_some();
        if !is_code && repeated == Some(line) {
            continue;
        }
        lines.push(line);
        repeated = None;
        if is_code {
            continue;
        }
        if line.trim().is_empty() {
            drop_repeated_paragraph(&mut lines);
        } else if lines.len() >= LINES && lines[lines.len() - LINES..].iter().all(|other| *other == line) {
            lines.truncate(lines.len() - LINES + 1);
            repeated = Some(line);
        }
    }
    if fence.is_none() {
        lines.push("");
        drop_repeated_paragraph(&mut lines);
        lines.pop();
    }
    lines.join("\n").trim_end_matches('\n').to_owned()
}

/// Drops the last paragraph if the one before it is the same. The last line is blank.
fn drop_repeated_paragraph(lines: &mut Vec<&str>) {
    let is_blank = |line: &&str| line.trim().is_empty();
    let end = lines.len() - 1;
    let start = lines[..end].iter().rposition(is_blank).map_or(0, |at| at + 1);
    let Some(before_end) = start.checked_sub(1) else { return };
    let before = lines[..before_end].iter().rposition(is_blank).map_or(0, |at| at + 1);
    if start < end && lines[before..before_end] == lines[start..end] {
        lines.truncate(start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(once(text), expected);
    }

    #[test]
    fn repeated_paragraphs_and_lines_are_shown_once() {
        check("We open at nine.\n\nWe open at nine.", "We open at nine.");
        check("a\n\nb\n\nb\n\nb\n\nc", "a\n\nb\n\nc");
        check("Sorry.\nSorry.\nSorry.\nSorry.\nBye.", "Sorry.\nBye.");
        check("Row, row,\nrow your boat\nrow your boat\nhome", "Row, row,\nrow your boat\nrow your boat\nhome");
        check("a\n\nb\n\na", "a\n\nb\n\na");
        check("```\nx\nx\nx\n\nx\n\nx\n```", "```\nx\nx\nx\n\nx\n\nx\n```");
        check("~~~\nx\nx\nx\n~~~", "~~~\nx\nx\nx\n~~~");
        check("````\n```\nx\nx\nx\n```\nx\nx\nx\n````\nx\nx\nx", "````\n```\nx\nx\nx\n```\nx\nx\nx\n````\nx");
        check("one\n\n\ntwo", "one\n\n\ntwo");
        check("", "");
    }
}
