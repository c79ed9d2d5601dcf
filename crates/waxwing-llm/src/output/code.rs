//! Code in Markdown, in which nothing has a meaning.

/// Returns the length of the code at the start of `rest`: a fenced block, or a span in backticks. A fence that is not closed extends to the
/// end. `is_line_start` is true at the start of a line.
pub(super) fn length(rest: &str, is_line_start: bool) -> Option<usize> {
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let run = rest.len() - rest.trim_start_matches(mark).len();
    if run >= 3 && is_line_start {
        return Some(fence(rest, mark, run));
    }
    // A tilde alone is text.
    (mark == '`').then(|| span(rest, run))
}

fn fence(rest: &str, mark: char, run: usize) -> usize {
    let mut end = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        end += line.len();
        let bare = line.trim();
        let is_closing = number > 0 && bare.len() >= run && bare.chars().all(|c| c == mark);
        if is_closing {
            return end;
        }
    }
    rest.len()
}

/// Returns the length of a span, or of its mark alone if the paragraph does not close the span.
fn span(rest: &str, run: usize) -> usize {
    let paragraph = rest.find("\n\n").map_or(rest, |end| &rest[..end]);
    let mut from = run;
    while let Some(start) = paragraph[from..].find('`').map(|start| from + start) {
        let length = paragraph[start..].len() - paragraph[start..].trim_start_matches('`').len();
        if length == run {
            return start + length;
        }
        from = start + length;
    }
    run
}
