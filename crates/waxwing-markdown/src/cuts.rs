//! Finds the places at which a text may be cut.

use crate::utf16::utf16_len;
use unicode_segmentation::UnicodeSegmentation;

use crate::marks::{FENCE, Mark, Span, spans};

/// Boundary at which a cut is made, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Paragraphs,
    Lines,
    Sentences,
    Words,
    Graphemes,
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [Self::Paragraphs, Self::Lines, Self::Sentences, Self::Words, Self::Graphemes];
}

/// A place between two visible characters. White space there belongs to neither side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) class: Class,
    /// Where the text before it ends and the text after it starts, in bytes.
    pub(crate) end: usize,
    pub(crate) start: usize,
    /// The same in UTF-16 units.
    pub(crate) end_units: usize,
    pub(crate) start_units: usize,
    pub(crate) open: Open,
}

/// Formatting that is open at a cut. It is closed before the cut and opened again after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Open {
    fence: bool,
    quote: bool,
    /// From the outermost to the innermost.
    marks: [Option<Mark>; Mark::ALL.len()],
}

impl Open {
    /// Closes what is open, the innermost first.
    pub(crate) fn closing(&self) -> impl Iterator<Item = char> {
        let fence = if self.fence { "\n```" } else { "" };
        self.marks.into_iter().rev().flatten().map(Mark::as_char).chain(fence.chars())
    }

    /// Opens it again.
    pub(crate) fn opening(&self) -> impl Iterator<Item = char> {
        let fence = if self.fence { "```\n" } else { "" };
        let quote = if self.quote { "> " } else { "" };
        fence.chars().chain(quote.chars()).chain(self.marks.into_iter().flatten().map(Mark::as_char))
    }
}

/// All places where `text` may be cut, in order. The first is its start and the last its end; there is none if it is blank.
///
/// A character is cut only if it is longer than `limit`, and then between its code points. With `formatted`, no formatting is
/// left without its text: a mark stays with the character that it hugs, the mark of a list or a quote with its first word.
pub(crate) fn cuts(text: &str, limit: usize, formatted: bool) -> Vec<Cut> {
    let mut layout = if formatted { Layout::new(text) } else { Layout::default() };
    let mut cuts: Vec<Cut> = Vec::new();
    let mut units = 0;
    // Where the white space before the current character starts, in bytes and in units.
    let mut gap = Some((0, 0));
    for (at, grapheme) in text.grapheme_indices(true) {
        let len = utf16_len(grapheme);
        if grapheme.chars().all(char::is_whitespace) {
            gap.get_or_insert((at, units));
        } else {
            let (end, end_units) = gap.take().unwrap_or((at, units));
            layout.advance(end);
            if cuts.is_empty() || !layout.is_glued(end, at) {
                let class = class(text, end, at, layout.in_fence());
                let start = if layout.in_fence() { keep_indentation(text, end, at) } else { at };
                let start_units = units - utf16_len(&text[start..at]);
                cuts.push(Cut { class, end, start, end_units, start_units, open: layout.open(start) });
            }
            if len > limit {
                let mut inside = units;
                for (i, c) in grapheme.char_indices() {
                    if i > 0 {
                        let at = at + i;
                        let (class, open) = (Class::Graphemes, layout.open(at));
                        cuts.push(Cut { class, end: at, start: at, end_units: inside, start_units: inside, open });
                    }
                    inside += c.len_utf16();
                }
            }
        }
        units += len;
    }
    if let Some(first) = cuts.first_mut() {
        first.class = Class::Paragraphs;
        let (end, end_units) = gap.unwrap_or((text.len(), units));
        let (class, start) = (Class::Paragraphs, text.len());
        cuts.push(Cut { class, end, start, end_units, start_units: units, open: Open::default() });
    }
    cuts
}

fn class(text: &str, end: usize, start: usize, in_fence: bool) -> Class {
    let lines = text[end..start].matches('\n').count();
    match lines {
        0 if in_fence => {}
        0 => {
            if ends_sentence(&text[..end], start > end) {
                return Class::Sentences;
            }
        }
        // A blank line is no better than another one for parting code.
        2.. if !in_fence => return Class::Paragraphs,
        _ => return Class::Lines,
    }
    if start > end { Class::Words } else { Class::Graphemes }
}

/// Whether `text` ends as a sentence does. Without white space behind it, only the full stops of scripts that use none count.
fn ends_sentence(text: &str, spaced: bool) -> bool {
    let is_closer = |c: &char| Mark::from_char(*c).is_some() || "\"'”’»)]}」』）".contains(*c);
    // As many closers as a sentence could have; without a bound, a row of them would be walked once for each.
    let last = text.chars().rev().take(8).find(|c| !is_closer(c));
    last.is_some_and(|c| "。！？｡".contains(c) || spaced && ".!?…".contains(c))
}

/// In code, the white space that a line starts with belongs to it.
fn keep_indentation(text: &str, end: usize, start: usize) -> usize {
    text[end..start].rfind('\n').map_or(start, |newline| end + newline + 1)
}

/// Where the formatting of a text is, and a reader that goes through it from the left.
#[derive(Debug, Default)]
struct Layout {
    /// The bytes between the two marks of each block of code.
    fences: Vec<(usize, usize)>,
    /// The bytes of each quoted line.
    quotes: Vec<(usize, usize)>,
    spans: Vec<Span>,
    /// Offsets at which no cut may start or end, in order.
    glue: Vec<usize>,
    /// Where the reader stands.
    at: usize,
    next: Next,
    /// The spans around the reader, from the outermost to the innermost.
    around: Vec<Span>,
}

/// How far the reader is: for each list, what is not yet left behind.
#[derive(Debug, Default)]
struct Next {
    fence: usize,
    quote: usize,
    span: usize,
    glue: usize,
}

impl Layout {
    fn new(text: &str) -> Self {
        let mut layout = Self::default();
        let mut at = 0;
        while let Some(open) = text[at..].find(FENCE).map(|i| at + i) {
            let inside = open + FENCE.len();
            let Some(close) = text[inside..].find(FENCE).map(|i| inside + i) else { break };
            layout.prose(text, at..open);
            layout.fences.push((inside, close));
            layout.glue.extend(open + 1..=inside);
            layout.glue.extend(close..close + FENCE.len());
            at = close + FENCE.len();
        }
        layout.prose(text, at..text.len());
        layout.glue.sort_unstable();
        layout
    }

    fn prose(&mut self, text: &str, range: std::ops::Range<usize>) {
        let mut at = range.start;
        for line in text[range].split('\n') {
            if at == 0 || text.as_bytes()[at - 1] == b'\n' {
                self.line_start(line, at);
            }
            for span in spans(line) {
                let span = Span { open: at + span.open, close: at + span.close, ..span };
                self.glue.extend([span.open + 1, span.close]);
                self.spans.push(span);
            }
            at += line.len() + 1;
        }
    }

    fn line_start(&mut self, line: &str, at: usize) {
        let mut rest = line;
        if let Some(quoted) = line.strip_prefix("> ") {
            self.quotes.push((at, at + line.len()));
            self.glue.push(at + 1);
            rest = quoted;
        }
        let rest = rest.trim_start();
        let marker = if rest.starts_with("- ") || rest.starts_with("* ") {
            Some(1)
        } else {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0 && digits < 10 && rest[digits..].starts_with(". ")).then_some(digits + 1)
        };
        self.glue.extend(marker.map(|marker| at + line.len() - rest.len() + marker));
    }

    /// Moves the reader to the offset `at`.
    fn advance(&mut self, at: usize) {
        self.at = at;
        let next = &mut self.next;
        next.fence += self.fences[next.fence..].iter().take_while(|&&(_, close)| close < at).count();
        next.quote += self.quotes[next.quote..].iter().take_while(|&&(_, end)| end < at).count();
        next.glue += self.glue[next.glue..].iter().take_while(|&&glue| glue < at).count();
        while let Some(&span) = self.spans.get(next.span).filter(|span| span.open < at) {
            while self.around.last().is_some_and(|outer| outer.close < span.open) {
                self.around.pop();
            }
            self.around.push(span);
            next.span += 1;
        }
        while self.around.last().is_some_and(|span| span.close < at) {
            self.around.pop();
        }
    }

    fn in_fence(&self) -> bool {
        self.fences.get(self.next.fence).is_some_and(|&(open, _)| open <= self.at)
    }

    /// Whether a cut from `end` to `start` would take apart what belongs together.
    fn is_glued(&self, end: usize, start: usize) -> bool {
        self.glue[self.next.glue..].iter().take_while(|&&glue| glue <= start).any(|&glue| glue == end || glue == start)
    }

    /// Returns the formatting that is open between the reader's position and `start`.
    fn open(&self, start: usize) -> Open {
        let quote = self.quotes.get(self.next.quote).is_some_and(|&(open, end)| open < self.at && start < end);
        let mut marks = [None; Mark::ALL.len()];
        for (mark, span) in marks.iter_mut().zip(&self.around) {
            *mark = Some(span.mark);
        }
        Open { fence: self.in_fence(), quote, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks where a text may be cut for `class` or better: `|`, with what is open there.
    #[track_caller]
    fn check(class: Class, text: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = cuts(text, usize::MAX, true)
            .into_iter()
            .filter(|cut| cut.class <= class && cut.start > 0 && cut.start < text.len())
            .map(|cut| (&text[cut.start..], cut.open.opening().collect::<String>()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|&(text, open)| (text, open.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn classes() {
        check(Class::Paragraphs, "a b. c\n\nd\ne", &[("d\ne", "")]);
        check(Class::Lines, "a b. c\n \nd\n e", &[("d\n e", ""), ("e", "")]);
        check(Class::Sentences, "a b. \"c?\" d", &[("\"c?\" d", ""), ("d", "")]);
        check(Class::Sentences, "\u{4f60}\u{3002}\u{597d}", &[("\u{597d}", "")]);
        check(Class::Words, "v1.2 is out", &[("is out", ""), ("out", "")]);
        check(Class::Graphemes, "e\u{301}f", &[("f", "")]);
    }

    #[test]
    fn formatting_that_is_open() {
        check(Class::Words, "*a b* c", &[("b* c", "*"), ("c", "")]);
        check(Class::Words, "_a *b c* d_", &[("*b c* d_", "_"), ("c* d_", "_*"), ("d_", "_")]);
        check(Class::Words, "> a *b c*\nd", &[("*b c*\nd", "> "), ("c*\nd", "> *"), ("d", "")]);
        check(Class::Words, "```\na b\n  c\n```", &[("b\n  c\n```", "```\n"), ("  c\n```", "```\n")]);
    }

    #[test]
    fn what_stays_together() {
        check(Class::Graphemes, "*ab*", &[("b*", "*")]);
        check(Class::Graphemes, "_*ab*_", &[("b*_", "_*")]);
        check(Class::Graphemes, "```ab```", &[("b```", "```\n")]);
        check(Class::Words, "- a b", &[("b", "")]);
        check(Class::Words, "1. a b", &[("b", "")]);
        check(Class::Words, "> - a b", &[("b", "> ")]);
    }
}
