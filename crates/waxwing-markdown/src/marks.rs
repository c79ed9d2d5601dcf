//! Formatting marks of WhatsApp.
//!
//! Meta documents the marks, but no grammar. This module assumes the strict rules that all apps share: a mark opens if no letter or
//! digit is before it and no space after it. A mark closes under the mirrored rule. Both marks of a span are on one line.

/// Hair space. It is placed next to a mark character that must not format.
///
/// WhatsApp has no escape character, but a mark next to white space does not format. The hair space is the thinnest white space. A
/// zero-width character is not white space in every app, and would stay invisible in copied text.
pub(crate) const HAIR_SPACE: char = '\u{200A}';

/// Fence around a code block.
pub(crate) const FENCE: &str = "```";

/// Mark that formats the text between two of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Bold,
    Italic,
    Strike,
    Code,
}

impl Mark {
    /// All marks. Code is last, because nothing is formatted inside code: it must be the innermost of several marks.
    pub(crate) const ALL: [Self; 4] = [Self::Bold, Self::Italic, Self::Strike, Self::Code];

    pub(crate) fn from_char(c: char) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_char() == c)
    }

    pub(crate) fn as_char(self) -> char {
        match self {
            Self::Bold => '*',
            Self::Italic => '_',
            Self::Strike => '~',
            Self::Code => '`',
        }
    }
}

/// Set of marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MarkSet(u8);

impl MarkSet {
    pub(crate) fn contains(self, mark: Mark) -> bool {
        self.0 & Self::from(mark).0 != 0
    }

    pub(crate) fn with(self, mark: Mark) -> Self {
        Self(self.0 | Self::from(mark).0)
    }

    pub(crate) fn without(self, mark: Mark) -> Self {
        Self(self.0 & !Self::from(mark).0)
    }

    pub(crate) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl From<Mark> for MarkSet {
    fn from(mark: Mark) -> Self {
        Self(1 << mark as u8)
    }
}

/// Returns whether a mark between these two characters opens a span. `None` is the start or end of the line.
pub(crate) fn can_open(before: Option<char>, after: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric()) && after.is_some_and(|c| !c.is_whitespace())
}

/// Returns whether a mark between these two characters closes a span.
pub(crate) fn can_close(before: Option<char>, after: Option<char>) -> bool {
    can_open(after, before)
}

/// Span of formatted text, with the byte offsets of its two marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) mark: Mark,
    pub(crate) open: usize,
    pub(crate) close: usize,
}

/// Returns the spans of one line, properly nested, in the order of their opening marks.
pub(crate) fn spans(line: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    // Open marks. Each mark is open at most once, so there are at most four.
    let mut open: Vec<(Mark, usize)> = Vec::new();
    let mut code_can_close = true;
    let mut before = None;
    let mut resume = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let previous = before.replace(c);
        let Some(mark) = Mark::from_char(c).filter(|_| at >= resume) else { continue };
        let next = chars.peek().map(|&(_, c)| c);
        if mark == Mark::Code {
            if code_can_close && can_open(previous, next) {
                match end_of_code(line, at + 1) {
                    Some(close) => {
                        spans.push(Span { mark, open: at, close });
                        resume = close + 1;
                    }
                    None => code_can_close = false,
                }
            }
            continue;
        }
        match open.iter().position(|&(opened, _)| opened == mark) {
            Some(position) if can_close(previous, next) && open[position].1 + 1 < at => {
                spans.push(Span { mark, open: open[position].1, close: at });
                // Marks that opened inside the span and did not close are characters.
                open.truncate(position);
            }
            None if can_open(previous, next) => open.push((mark, at)),
            _ => {}
        }
    }
    spans.sort_by_key(|span| span.open);
    spans
}

/// Returns the first backtick after `from` that ends non-empty code which starts there.
fn end_of_code(line: &str, from: usize) -> Option<usize> {
    let mut before = None;
    let mut chars = line[from..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, c)| c);
        if c == Mark::Code.as_char() && at > 0 && can_close(before, next) {
            return Some(from + at);
        }
        before = Some(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let found: Vec<_> = spans(line).iter().map(|span| &line[span.open..=span.close]).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn marks_next_to_text_form_spans() {
        check("a *bold* word", &["*bold*"]);
        check("*all of it*", &["*all of it*"]);
        check("*a* _b_ ~c~ `d`", &["*a*", "_b_", "~c~", "`d`"]);
        check("(*a*), \"_b_\".", &["*a*", "_b_"]);
        check("*a _b_ c*", &["*a _b_ c*", "_b_"]);
        check("*_both_*", &["*_both_*", "_both_"]);
    }

    #[test]
    fn other_mark_characters_do_not_format() {
        check("2 * 3 * 4", &[]);
        check("snake_case_name", &[]);
        check("a*b*c", &[]);
        check("* a *", &[]);
        check("** ~~ __", &[]);
        check("*open", &[]);
        check("", &[]);
    }

    #[test]
    fn only_the_first_of_two_crossing_spans_formats() {
        check("*a _b* c_", &["*a _b*"]);
    }

    #[test]
    fn nothing_is_formatted_inside_code() {
        check("`*a*` *b*", &["`*a*`", "*b*"]);
        check("*a `b* c` d*", &["*a `b* c` d*", "`b* c`"]);
        check("`a *b*", &["*b*"]);
    }
}
