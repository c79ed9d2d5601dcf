//! Places at which a text may be cut.

use crate::utf16::utf16_len;
use unicode_segmentation::UnicodeSegmentation;

use crate::marks::{FENCE, Mark, Span, spans};

/// Boundary at which a cut is made, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Boundary {
    Paragraphs,
    Lines,
    Sentences,
    Words,
    Graphemes,
}

impl Boundary {
    pub(crate) const ALL: [Self; 5] = [Self::Paragraphs, Self::Lines, Self::Sentences, Self::Words, Self::Graphemes];
}

/// Place between two graphemes at which a text may be cut. White space at the place belongs to neither side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutPoint {
    pub(crate) boundary: Boundary,
    /// End of the text before the cut, and start of the text after it, in bytes.
    pub(crate) end: usize,
    pub(crate) start: usize,
    /// The same offsets in UTF-16 code units.
    pub(crate) end_units: usize,
    pub(crate) start_units: usize,
    pub(crate) open: OpenFormatting,
}

/// Formatting that is open at a cut. It is closed before the cut and opened again after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OpenFormatting {
    fence: bool,
    quote: bool,
    /// From the outermost to the innermost.
    marks: [Option<Mark>; Mark::ALL.len()],
}

impl OpenFormatting {
    /// Returns the characters that close the open formatting, the innermost first.
    pub(crate) fn closing(&self) -> impl Iterator<Item = char> {
        let fence = if self.fence { "\n```" } else { "" };
        self.marks.into_iter().rev().flatten().map(Mark::as_char).chain(fence.chars())
    }

    /// Returns the characters that open the formatting again.
    pub(crate) fn opening(&self) -> impl Iterator<Item = char> {
        let fence = if self.fence { "```\n" } else { "" };
        let quote = if self.quote { "> " } else { "" };
        fence.chars().chain(quote.chars()).chain(self.marks.into_iter().flatten().map(Mark::as_char))
    }
}

/// Returns all places at which `text` may be cut, in order. The first is the start of the text and the last its end. A blank text
/// has none.
///
/// A grapheme is cut only if it is longer than `limit`, and then between its code points. With `formatted`, formatting keeps its
/// text: a mark stays with the character next to it, and a list or quote marker stays with the first word.
pub(crate) fn cut_points(text: &str, limit: usize, formatted: bool) -> Vec<CutPoint> {
    let mut scanner = if formatted { FormattingScanner::new(text) } else { FormattingScanner::default() };
    let mut cuts: Vec<CutPoint> = Vec::new();
    let mut units = 0;
    // Start of the white space before the current grapheme, in bytes and in UTF-16 units.
    let mut gap = Some((0, 0));
    for (at, grapheme) in text.grapheme_indices(true) {
        let len = utf16_len(grapheme);
        if grapheme.chars().all(char::is_whitespace) {
            gap.get_or_insert((at, units));
        } else {
            let (end, end_units) = gap.take().unwrap_or((at, units));
            scanner.advance(end);
            if cuts.is_empty() || !scanner.is_glued(end, at) {
                let boundary = boundary(text, end, at, scanner.in_fence());
                let start = if scanner.in_fence() { keep_indentation(text, end, at) } else { at };
                let start_units = units - utf16_len(&text[start..at]);
                cuts.push(CutPoint { boundary, end, start, end_units, start_units, open: scanner.open(start) });
            }
            if len > limit {
                let mut inside = units;
                for (i, c) in grapheme.char_indices() {
                    if i > 0 {
                        let at = at + i;
                        let (boundary, open) = (Boundary::Graphemes, scanner.open(at));
                        cuts.push(CutPoint {
                            boundary,
                            end: at,
                            start: at,
                            end_units: inside,
                            start_units: inside,
                            open,
                        });
                    }
                    inside += c.len_utf16();
                }
            }
        }
        units += len;
    }
    if let Some(first) = cuts.first_mut() {
        first.boundary = Boundary::Paragraphs;
        let (end, end_units) = gap.unwrap_or((text.len(), units));
        let (boundary, start) = (Boundary::Paragraphs, text.len());
        cuts.push(CutPoint { boundary, end, start, end_units, start_units: units, open: OpenFormatting::default() });
    }
    cuts
}

fn boundary(text: &str, end: usize, start: usize, in_fence: bool) -> Boundary {
    let lines = text[end..start].matches('\n').count();
    match lines {
        0 if in_fence => {}
        0 => {
            if ends_sentence(&text[..end], start > end) {
                return Boundary::Sentences;
            }
        }
        // In code, a blank line is no better place than another line end.
        2.. if !in_fence => return Boundary::Paragraphs,
        _ => return Boundary::Lines,
    }
    if start > end { Boundary::Words } else { Boundary::Graphemes }
}

/// Returns whether `text` ends a sentence. Without white space after it, only full stops of scripts without spaces count.
fn ends_sentence(text: &str, spaced: bool) -> bool {
    let is_closer = |c: &char| Mark::from_char(*c).is_some() || "\"'”’»)]}」』）".contains(*c);
    // The bound keeps the cost of a long row of closing characters linear.
    let last = text.chars().rev().take(8).find(|c| !is_closer(c));
    last.is_some_and(|c| "。！？｡".contains(c) || spaced && ".!?…".contains(c))
}

/// Returns the start of the last line between two offsets: in code, the indentation belongs to the line.
fn keep_indentation(text: &str, end: usize, start: usize) -> usize {
    text[end..start].rfind('\n').map_or(start, |newline| end + newline + 1)
}

/// Formatting of a text, with a position that moves from left to right.
#[derive(Debug, Default)]
struct FormattingScanner {
    /// Byte ranges inside code blocks, without the fences.
    fences: Vec<(usize, usize)>,
    /// Byte ranges of quoted lines.
    quotes: Vec<(usize, usize)>,
    spans: Vec<Span>,
    /// Byte offsets at which no cut may start or end, in order.
    glue: Vec<usize>,
    /// Current position, in bytes.
    at: usize,
    next: ScanPosition,
    /// Spans around the current position, from the outermost to the innermost.
    around: Vec<Span>,
}

/// For each list of the scanner, the index of the first item that does not end before the current position.
#[derive(Debug, Default)]
struct ScanPosition {
    fence: usize,
    quote: usize,
    span: usize,
    glue: usize,
}

impl FormattingScanner {
    fn new(text: &str) -> Self {
        let mut scanner = Self::default();
        let mut at = 0;
        while let Some(open) = text[at..].find(FENCE).map(|i| at + i) {
            let inside = open + FENCE.len();
            let Some(close) = text[inside..].find(FENCE).map(|i| inside + i) else { break };
            scanner.prose(text, at..open);
            scanner.fences.push((inside, close));
            scanner.glue.extend(open + 1..=inside);
            scanner.glue.extend(close..close + FENCE.len());
            at = close + FENCE.len();
        }
        scanner.prose(text, at..text.len());
        scanner.glue.sort_unstable();
        scanner
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

    /// Moves the current position to the offset `at`.
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

    /// Returns whether a cut from `end` to `start` would separate formatting from its text.
    fn is_glued(&self, end: usize, start: usize) -> bool {
        self.glue[self.next.glue..].iter().take_while(|&&glue| glue <= start).any(|&glue| glue == end || glue == start)
    }

    /// Returns the formatting that is open from the current position to `start`.
    fn open(&self, start: usize) -> OpenFormatting {
        let quote = self.quotes.get(self.next.quote).is_some_and(|&(open, end)| open < self.at && start < end);
        let mut marks = [None; Mark::ALL.len()];
        for (mark, span) in marks.iter_mut().zip(&self.around) {
            *mark = Some(span.mark);
        }
        OpenFormatting { fence: self.in_fence(), quote, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the cuts of a text at this boundary or a better one: the text after each cut, and the formatting that is open there.
    #[track_caller]
    fn check(boundary: Boundary, text: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = cut_points(text, usize::MAX, true)
            .into_iter()
            .filter(|cut| cut.boundary <= boundary && cut.start > 0 && cut.start < text.len())
            .map(|cut| (&text[cut.start..], cut.open.opening().collect::<String>()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|&(text, open)| (text, open.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn classes() {
        check(Boundary::Paragraphs, "a b. c\n\nd\ne", &[("d\ne", "")]);
        check(Boundary::Lines, "a b. c\n \nd\n e", &[("d\n e", ""), ("e", "")]);
        check(Boundary::Sentences, "a b. \"c?\" d", &[("\"c?\" d", ""), ("d", "")]);
        check(Boundary::Sentences, "\u{4f60}\u{3002}\u{597d}", &[("\u{597d}", "")]);
        check(Boundary::Words, "v1.2 is out", &[("is out", ""), ("out", "")]);
        check(Boundary::Graphemes, "e\u{301}f", &[("f", "")]);
    }

    #[test]
    fn formatting_that_is_open() {
        check(Boundary::Words, "*a b* c", &[("b* c", "*"), ("c", "")]);
        check(Boundary::Words, "_a *b c* d_", &[("*b c* d_", "_"), ("c* d_", "_*"), ("d_", "_")]);
        check(Boundary::Words, "> a *b c*\nd", &[("*b c*\nd", "> "), ("c*\nd", "> *"), ("d", "")]);
        check(Boundary::Words, "```\na b\n  c\n```", &[("b\n  c\n```", "```\n"), ("  c\n```", "```\n")]);
    }

    #[test]
    fn what_stays_together() {
        check(Boundary::Graphemes, "*ab*", &[("b*", "*")]);
        check(Boundary::Graphemes, "_*ab*_", &[("b*_", "_*")]);
        check(Boundary::Graphemes, "```ab```", &[("b```", "```\n")]);
        check(Boundary::Words, "- a b", &[("b", "")]);
        check(Boundary::Words, "1. a b", &[("b", "")]);
        check(Boundary::Words, "> - a b", &[("b", "> ")]);
    }
}
