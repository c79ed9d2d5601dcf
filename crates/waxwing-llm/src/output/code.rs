//! Code in Markdown, in which nothing has a meaning.

/// The line that opens a block of code: at least three backticks or tildes. A line with at least as many of them, and nothing else, closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// Returns the fence that the first line of a text opens. A line with further backticks after the first ones is a span of code:
    /// <https://spec.commonmark.org/0.31.2/#fenced-code-blocks>
    fn opened_by(text: &str) -> Option<Self> {
        let line = text.lines().next()?.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        let is_span = mark == '`' && info.contains('`');
        (length >= 3 && !is_span).then_some(Self { mark, length })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let bare = line.trim();
        bare.len() >= self.length && bare.chars().all(|c| c == self.mark)
    }

    /// Returns the fence that is open after a line, if `open` is open before it.
    pub(crate) fn after(open: Option<Self>, line: &str) -> Option<Self> {
        match open {
            Some(fence) => (!fence.is_closed_by(line)).then_some(fence),
            None => Self::opened_by(line),
        }
    }

    /// Returns the line that closes the block.
    pub(crate) fn closing_line(self) -> String {
        self.mark.to_string().repeat(self.length)
    }
}

/// Returns the length of the code at a position of a text: a fenced block, or a span in backticks. A fence that is not closed extends to the
/// end.
pub(super) fn length(text: &str, at: usize) -> Option<usize> {
    let (before, rest) = text.split_at(at);
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    if let Some(fence) = Fence::opened_by(rest)
        && (before.trim_end_matches(' ').ends_with('\n') || before.trim().is_empty())
    {
        return Some(block(rest, fence));
    }
    // A tilde alone is text.
    (mark == '`').then(|| span(rest, rest.len() - rest.trim_start_matches(mark).len()))
}

fn block(rest: &str, fence: Fence) -> usize {
    let mut end = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        end += line.len();
        if number > 0 && fence.is_closed_by(line) {
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
