//! The characters that WhatsApp reads as formatting.
//!
//! Meta states the marks but no grammar. This module assumes the strict reading, which every app draws alike: a mark opens
//! where no letter or digit stands before it and no space after it, closes in the mirror image, and its two ends are on one line.

/// A hair space, set next to a mark that is meant as a character.
///
/// WhatsApp has no escape. A mark next to white space formats nothing, so the thinnest white space there is does the job; a
/// zero-width character would not count as a space in every app, and would stay in what a reader copies without being seen.
pub(crate) const HAIR_SPACE: char = '\u{200A}';

/// Mark that opens and closes a block of code.
pub(crate) const FENCE: &str = "```";

/// A mark that formats what stands between two of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Bold,
    Italic,
    Strike,
    Code,
}

impl Mark {
    /// All marks. Code is last: nothing is formatted inside it, so where several open at once it has to be the innermost.
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

/// Several marks at once, none of them twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks(u8);

impl Marks {
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

impl From<Mark> for Marks {
    fn from(mark: Mark) -> Self {
        Self(1 << mark as u8)
    }
}

/// Whether a mark between these two characters opens something; `None` is the end of the line.
pub(crate) fn can_open(before: Option<char>, after: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric()) && after.is_some_and(|c| !c.is_whitespace())
}

/// Whether a mark between these two characters closes something.
pub(crate) fn can_close(before: Option<char>, after: Option<char>) -> bool {
    can_open(after, before)
}

/// A stretch of formatted text: the byte offsets of its two marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) mark: Mark,
    pub(crate) open: usize,
    pub(crate) close: usize,
}

/// The formatted stretches of one line, properly nested, in the order in which they open.
pub(crate) fn spans(line: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    // At most one of each mark, so it never holds more than four.
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
                // A mark that opened inside and did not close inside was only a character.
                open.truncate(position);
            }
            None if can_open(previous, next) => open.push((mark, at)),
            _ => {}
        }
    }
    spans.sort_by_key(|span| span.open);
    spans
}

/// The first back-tick after `from` that ends a non-empty piece of code which starts there.
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
    fn marks_pair_where_they_hug_text() {
        check("a *bold* word", &["*bold*"]);
        check("*all of it*", &["*all of it*"]);
        check("*a* _b_ ~c~ `d`", &["*a*", "_b_", "~c~", "`d`"]);
        check("(*a*), \"_b_\".", &["*a*", "_b_"]);
        check("*a _b_ c*", &["*a _b_ c*", "_b_"]);
        check("*_both_*", &["*_both_*", "_both_"]);
    }

    #[test]
    fn other_marks_are_characters() {
        check("2 * 3 * 4", &[]);
        check("snake_case_name", &[]);
        check("a*b*c", &[]);
        check("* a *", &[]);
        check("** ~~ __", &[]);
        check("*open", &[]);
        check("", &[]);
    }

    #[test]
    fn crossing_marks_do_not_both_format() {
        check("*a _b* c_", &["*a _b*"]);
    }

    #[test]
    fn nothing_is_formatted_inside_code() {
        check("`*a*` *b*", &["`*a*`", "*b*"]);
        check("*a `b* c` d*", &["*a `b* c` d*", "`b* c`"]);
        check("`a *b*", &["*b*"]);
    }
}
