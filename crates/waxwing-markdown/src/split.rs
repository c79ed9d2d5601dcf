//! Splitting of a text into messages.

use crate::utf16::utf16_len;

use crate::cut_points::{Boundary, CutPoint, cut_points};

/// Options of [`split`]: the longest part, and whether the text has formatting.
///
/// ```
/// use waxwing_markdown::{SplitOptions, split};
///
/// // In plain text an asterisk is a character, so it is not repeated in the second part.
/// assert_eq!(split("*one two three*", SplitOptions::new(10).plain_text()), ["*one two", "three*"]);
/// assert_eq!(split("*one two three*", 10), ["*one two*", "*three*"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SplitOptions {
    /// Longest part, in UTF-16 code units. A value below 2 counts as 2, the length of one emoji.
    ///
    /// Meta states the limits of a [text message](https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages) and
    /// of a [caption](https://developers.facebook.com/docs/whatsapp/cloud-api/messages/image-messages).
    pub max_units: usize,
    /// Whether the text has WhatsApp formatting, which is closed and opened again at cuts.
    pub formatting: bool,
}

impl SplitOptions {
    /// Creates options for text with WhatsApp formatting and parts of at most `max_units` UTF-16 code units.
    pub const fn new(max_units: usize) -> Self {
        Self { max_units, formatting: true }
    }

    /// Treats the text as plain: formatting characters have no meaning.
    pub const fn plain_text(mut self) -> Self {
        self.formatting = false;
        self
    }
}

impl From<usize> for SplitOptions {
    fn from(max_units: usize) -> Self {
        Self::new(max_units)
    }
}

/// Splits text with WhatsApp formatting into the fewest parts of at most `max_units` UTF-16 code units.
///
/// Pass the limit as a number, or [`SplitOptions`] for text without formatting.
///
/// - A part ends between two paragraphs, lines, sentences, words or graphemes. The kind of each cut is the best one that does not
///   cost a further part. Among cuts of the same kind, the last one is used.
/// - A code block, quote or mark that spans a cut is closed before the cut and opened again after it. The added characters count
///   towards the limit. A mark keeps some of its text, and a list or quote marker keeps its first word.
/// - White space at a cut and at both ends of the text is removed, except the indentation of code. All other characters are kept.
///
/// A blank text has no parts. If the limit is too small for the formatting, the text is cut as plain text. A grapheme that is longer
/// than the limit is cut between its code points.
///
/// Time and memory are linear in the length of the text.
///
/// ```
/// use waxwing_markdown::split;
///
/// assert_eq!(split("One.\n\n*Two three*", 12), ["One.", "*Two three*"]);
/// assert_eq!(split("One.\n\n*Two three four*", 12), ["One.\n\n*Two*", "*three four*"]);
/// ```
pub fn split(text: &str, options: impl Into<SplitOptions>) -> Vec<String> {
    let SplitOptions { max_units, formatting } = options.into();
    let limit = max_units.min(utf16_len(text)).max(2);
    for formatted in [true, false].into_iter().filter(|&formatted| formatting || !formatted) {
        let cuts = cut_points(text, limit, formatted);
        if cuts.is_empty() {
            return Vec::new();
        }
        if let Some(parts) = plan(&cuts, limit, |from, to| fits(from, to, limit)) {
            // A grapheme can be a space with a combining mark. A cut between its code points leaves a blank part.
            let parts = parts.into_iter().map(|(from, to)| part(text, from, to));
            return parts.filter(|part| !part.trim().is_empty()).collect();
        }
    }
    unreachable!("without formatting, every grapheme that is not cut fits")
}

fn part(text: &str, from: &CutPoint, to: &CutPoint) -> String {
    let mut part: String = from.open.opening().collect();
    part.push_str(&text[from.start..to.end]);
    part.extend(to.open.closing());
    part
}

fn fits(from: &CutPoint, to: &CutPoint, limit: usize) -> bool {
    to.end_units + to.open.closing().count() + from.open.opening().count() <= limit + from.start_units
}

/// Returns the parts as pairs of cuts: the start and the end of each part. Returns `None` if no choice of cuts fits the limit.
fn plan(
    cuts: &[CutPoint],
    limit: usize,
    fits: impl Fn(&CutPoint, &CutPoint) -> bool,
) -> Option<Vec<(&CutPoint, &CutPoint)>> {
    let cuts: Vec<&CutPoint> = cuts.iter().collect();
    let fewest = parts_needed(&cuts, &fits)[0]?;
    Boundary::ALL.into_iter().find_map(|boundary| {
        let cuts: Vec<&CutPoint> = cuts.iter().copied().filter(|cut| cut.boundary <= boundary).collect();
        let needed = parts_needed(&cuts, &fits);
        (needed[0] == Some(fewest)).then(|| choose_cuts(&cuts, &needed, limit, &fits))
    })
}

/// Returns, for each cut, the smallest number of parts for the text after it.
fn parts_needed(cuts: &[&CutPoint], fits: impl Fn(&CutPoint, &CutPoint) -> bool) -> Vec<Option<usize>> {
    let mut needed = vec![None; cuts.len()];
    // For each number of parts, the cut with the shortest text before it, closing marks included. It is the easiest to reach.
    let mut nearest: Vec<&CutPoint> = Vec::new();
    for (i, &cut) in cuts.iter().enumerate().rev() {
        let parts = if i + 1 == cuts.len() {
            0
        } else {
            // A cut that needs more parts is nearer, so the cuts in reach are the last ones.
            let out_of_reach = nearest.iter().rposition(|to| !fits(cut, to)).map_or(0, |i| i + 1);
            if out_of_reach == nearest.len() {
                continue;
            }
            out_of_reach + 1
        };
        needed[i] = Some(parts);
        match nearest.get_mut(parts) {
            None => nearest.push(cut),
            Some(other) if end_with_marks(cut) <= end_with_marks(other) => *other = cut,
            Some(_) => {}
        }
    }
    needed
}

fn end_with_marks(cut: &CutPoint) -> usize {
    cut.end_units + cut.open.closing().count()
}

fn choose_cuts<'a>(
    cuts: &[&'a CutPoint],
    needed: &[Option<usize>],
    limit: usize,
    fits: impl Fn(&CutPoint, &CutPoint) -> bool,
) -> Vec<(&'a CutPoint, &'a CutPoint)> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(rest) = needed[at].and_then(|parts| parts.checked_sub(1)) {
        let from = cuts[at];
        let next = (at + 1..cuts.len())
            .take_while(|&i| cuts[i].end_units <= limit + from.start_units)
            .filter(|&i| needed[i] == Some(rest) && fits(from, cuts[i]))
            .min_by_key(|&i| (cuts[i].boundary, std::cmp::Reverse(i)))
            .expect("`needed` counted a part that ends here");
        parts.push((from, cuts[next]));
        at = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[track_caller]
    fn check(limit: usize, text: &str, expected: &[&str]) {
        assert_eq!(split(text, limit), expected, "{text}");
    }

    #[test]
    fn a_blank_part_is_dropped() {
        let text = "\u{1a7f}Aᏸ0 \u{113c5}";
        let parts = split(text, 2);
        assert!(parts.iter().all(|part| utf16_len(part) <= 2 && !part.trim().is_empty()), "{parts:?}");
        assert_eq!(visible(&parts.concat()), visible(text));
    }

    #[test]
    fn short_text_is_one_part() {
        check(10, "hello", &["hello"]);
        check(5, "hello", &["hello"]);
        check(5, " hello\n", &["hello"]);
        check(usize::MAX, "hello", &["hello"]);
        check(10, "", &[]);
        check(10, " \n\t ", &[]);
    }

    #[test]
    fn cuts_are_at_the_best_boundary() {
        check(12, "a b.\n\nc d\ne f. g", &["a b.", "c d\ne f. g"]);
        check(12, "a b c d\ne f. g h", &["a b c d", "e f. g h"]);
        check(12, "a b c. d e f g h", &["a b c.", "d e f g h"]);
        check(12, "abcd efgh ijkl mnop", &["abcd efgh", "ijkl mnop"]);
        check(4, "abcdefgh", &["abcd", "efgh"]);
        check(4, "\u{4f60}\u{597d}\u{3002}\u{518d}\u{89c1}", &["\u{4f60}\u{597d}\u{3002}", "\u{518d}\u{89c1}"]);
    }

    #[test]
    fn the_number_of_parts_is_minimal() {
        // A cut after "a" would give three parts.
        check(6, "a\n\nbb cc dd", &["a\n\nbb", "cc dd"]);
        // A cut at the blank would give three parts.
        check(5, "ab cdefghi", &["ab cd", "efghi"]);
        // One cut must be between words, and the other can be at a better place.
        check(10, "ab\n\ncd\nef gh ij kl", &["ab\n\ncd\nef", "gh ij kl"]);
    }

    #[test]
    fn marks_are_closed_and_reopened() {
        check(12, "*one two three*", &["*one two*", "*three*"]);
        check(12, "_a *bb cc dd* e_", &["_a *bb cc*_", "_*dd* e_"]);
        check(10, "> one two three", &["> one two", "> three"]);
        check(10, "`one two three`", &["`one two`", "`three`"]);
        check(8, "*abcdefgh*", &["*abcdef*", "*gh*"]);
        check(10, "2 * 3 = 6 * 1", &["2 * 3 = 6", "* 1"]);
    }

    #[test]
    fn code_is_closed_and_reopened() {
        check(20, "```\nfn a() {\n    b()\n}\n```", &["```\nfn a() {\n```", "```\n    b()\n}\n```"]);
        check(22, "text\n\n```\nfirst\nsecond\n```", &["text", "```\nfirst\nsecond\n```"]);
        check(16, "```\n*a\nb* c\nd\n```", &["```\n*a\nb* c\n```", "```\nd\n```"]);
    }

    #[test]
    fn list_markers_stay_with_their_first_word() {
        check(8, "ab\n1. cd ef", &["ab", "1. cd ef"]);
        check(8, "abcd - efg", &["abcd -", "efg"]);
        check(8, "abc\n- efgh", &["abc", "- efgh"]);
    }

    #[test]
    fn graphemes_are_not_cut() {
        let family = "👩\u{200D}👩\u{200D}👧";
        assert_eq!(utf16_len(family), 8);
        check(10, &family.repeat(2), &[family, family]);
        check(8, &format!("a{family}"), &["a", family]);
        // The grapheme is longer than the limit, so it is cut between code points.
        check(4, family, &["👩\u{200D}", "👩\u{200D}", "👧"]);
        check(2, "👩👩", &["👩", "👩"]);
        check(0, "👩a", &["👩", "a"]);
    }

    #[test]
    fn a_limit_too_small_for_formatting_still_holds() {
        check(3, "*ab cd*", &["*a*", "*b*", "*c*", "*d*"]);
        check(2, "*ab cd*", &["*a", "b", "cd", "*"]);
        check(5, "```\nab cd\n```", &["```", "ab cd", "```"]);
    }

    /// Returns the number of comparisons of cuts for this text.
    fn comparisons(text: &str) -> usize {
        let count = Cell::new(0);
        let limit = 4096;
        plan(&cut_points(text, limit, true), limit, |from, to| {
            count.set(count.get() + 1);
            fits(from, to, limit)
        })
        .unwrap();
        count.get()
    }

    #[test]
    fn work_grows_linearly() {
        for unit in
            ["x", "x ", "ab cd. ", "*a* _b_ ", "*a _b", "- a\n", "a\n\n", "`", "```\na\n```\n", "> *a b*\n", "\u{4f60}"]
        {
            let text = unit.repeat(100_000 / unit.len());
            // A few comparisons per character and boundary. A search back from each character would need thousands.
            let (characters, comparisons) = (text.chars().count(), comparisons(&text));
            assert!(comparisons <= 24 * characters, "{unit:?}: {characters} then {comparisons}");
        }
    }

    /// Returns the fewest parts of a text without formatting: each part takes as much as fits.
    fn greedy(text: &str, limit: usize) -> usize {
        let mut parts = 0;
        let mut rest = text.trim();
        while !rest.is_empty() {
            let fitting = |end: &usize| utf16_len(rest[..*end].trim_end()) <= limit;
            let ends = rest.grapheme_indices(true).map(|(i, grapheme)| i + grapheme.len());
            let end = ends.take_while(fitting).last().expect("every grapheme fits");
            rest = rest[end..].trim_start();
            parts += 1;
        }
        parts
    }

    fn visible(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    proptest! {
        #[test]
        fn plain_text(text in r"([a-z]{0,9}[ .!\n]{0,3}|[😀é这。]){0,40}", limit in 2..40_usize) {
            let parts = split(&text, limit);
            for part in &parts {
                prop_assert!(utf16_len(part) <= limit);
                prop_assert!(!part.trim().is_empty());
            }
            prop_assert_eq!(visible(&parts.concat()), visible(&text));
            prop_assert_eq!(parts.len(), greedy(&text, limit));
        }

        #[test]
        fn formatted_text(text in r"([a-z]{1,5}|[*_~`]|[ \n]|```|> |- |\n){0,60}", limit in 2..60_usize) {
            let parts = split(&text, limit);
            let words = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
            for part in &parts {
                prop_assert!(utf16_len(part) <= limit, "{}", part);
                prop_assert!(!part.trim().is_empty());
            }
            prop_assert_eq!(words(&parts.concat()), words(&text));
        }

        #[test]
        fn any_text(text in r"\PC{0,60}", limit in 2..30_usize) {
            let parts = split(&text, limit);
            prop_assert!(parts.iter().all(|part| utf16_len(part) <= limit && !part.trim().is_empty()));
        }

        #[test]
        fn code_stays_balanced(
            blocks in prop::collection::vec(("[a-z ]{0,30}", "[a-z]{1,12}(\n {0,4}[a-z *_]{1,12}){0,6}"), 0..6),
            limit in 40..80_usize,
        ) {
            let blocks: Vec<_> = blocks.iter().map(|(prose, code)| format!("{prose}\n```\n{code}\n```\n")).collect();
            for part in split(&blocks.concat(), limit) {
                prop_assert_eq!(part.matches("```").count() % 2, 0, "{}", part);
                prop_assert!(!part.contains("```\n```"), "{}", part);
            }
        }

        /// Splitting keeps the formatting of each letter.
        #[test]
        fn formatting_is_kept(
            words in prop::collection::vec(("[a-z]{1,6}", prop::sample::select(vec!["", "*", "_", "~", "`"])), 1..30),
            limit in 20..40_usize,
        ) {
            let text: Vec<_> = words.iter().map(|(word, mark)| format!("{mark}{word} {word}{mark}")).collect();
            let marked = |text: &str| {
                let mut marks = String::new();
                for line in text.lines() {
                    let spans = crate::marks::spans(line);
                    for (i, c) in line.char_indices().filter(|(_, c)| c.is_ascii_lowercase()) {
                        marks.push(c);
                        marks.extend(spans.iter().find(|s| s.open < i && i < s.close).map(|s| s.mark.as_char()));
                    }
                }
                marks
            };
            let text = text.join(" ");
            let after: String = split(&text, limit).iter().map(|part| marked(part)).collect();
            prop_assert_eq!(after, marked(&text));
        }
    }
}
