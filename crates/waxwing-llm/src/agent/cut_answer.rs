//! Answers of models that stop in the middle.

use crate::output::Fence;
use crate::tag::{Tag, note};

/// Shortest end of an answer that the continuation may repeat, in characters. A shorter match may be a coincidence.
const MIN_OVERLAP: usize = 12;

/// Longest repeated unit that counts as a loop, in characters.
const MAX_UNIT: usize = 300;

/// Number of repetitions at the end of an answer that make a loop.
const LOOP: usize = 4;

/// Returns the note that asks the model for the rest of its answer.
pub(super) fn continuation() -> Tag {
    note("Your answer reached the limit of its length. Continue it exactly where it stops. Do not repeat anything.")
}

/// Returns a cut answer without its last word, which may be incomplete.
pub(super) fn whole_words(text: &str) -> &str {
    let text = text.trim_end_matches(|c: char| !c.is_whitespace());
    text.trim_end_matches([' ', '\t'])
}

/// Appends the continuation to an answer that ends with a whole word. An end of the answer that the continuation repeats is left out.
pub(super) fn join(head: &str, more: &str) -> String {
    let more = more.trim_start();
    let repeated = head
        .char_indices()
        .map(|(at, _)| &head[at..])
        .find(|tail| more.starts_with(tail) && tail.chars().count() >= MIN_OVERLAP);
    let more = repeated.map_or(more, |tail| more[tail.len()..].trim_start());
    let space = if head.ends_with('\n') || head.is_empty() { "" } else { " " };
    format!("{head}{space}{more}")
}

/// Returns the complete sentences of a cut answer, or its complete words if there is no complete sentence. An open code block is closed.
pub(super) fn whole_sentences(text: &str) -> String {
    let end = sentence_end(text);
    let mut kept = match end {
        Some(end) => text[..end].trim_end().to_owned(),
        None if whole_words(text).trim().is_empty() => return String::new(),
        None => format!("{} …", whole_words(text).trim_end()),
    };
    if let Some(fence) = kept.lines().fold(None, Fence::after) {
        kept = format!("{kept}\n{}", fence.closing_line());
    }
    kept
}

/// Returns the end of the last complete sentence or line.
fn sentence_end(text: &str) -> Option<usize> {
    let closes = |c: char| matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | '*' | '_' | '~');
    text.char_indices().rev().find_map(|(at, c)| {
        let end = at + c.len_utf8();
        let after = text[end..].trim_start_matches(closes);
        let is_end = match c {
            '\n' => !text[..at].trim().is_empty(),
            // The number of a list item, and a decimal number, end no sentence.
            '.' => !text[..at].ends_with(|c: char| c.is_ascii_digit()) && starts_blank(after),
            '!' | '?' | '…' | '؟' | '।' => starts_blank(after),
            '。' | '！' | '？' => true,
            _ => false,
        };
        is_end.then(|| text.len() - after.len())
    })
}

fn starts_blank(text: &str) -> bool {
    text.chars().next().is_none_or(char::is_whitespace)
}

/// Returns an answer whose end repeats one piece of text at least four times, with that piece once. `None` if it does not.
pub(super) fn without_loop(text: &str) -> Option<String> {
    let chars: Vec<char> = text.trim_end().chars().collect();
    // The last piece may be incomplete, so a loop may end at any of its characters.
    let unit = (2..=MAX_UNIT.min(chars.len() / LOOP)).find(|&unit| {
        let tail = &chars[chars.len() - unit * LOOP..];
        tail.iter().zip(&tail[unit..]).all(|(a, b)| a == b) && tail[..unit].iter().any(|c| c.is_alphanumeric())
    })?;
    let same = |n: &usize| chars[*n] == chars[*n - unit];
    let first = (unit..chars.len()).rev().take_while(same).last()?;
    // The loop may start in the middle of a sentence.
    let ends = first..=chars.len().min(first + unit);
    let texts = ends.map(|end| chars[..end].iter().collect::<String>().trim_end().to_owned());
    let once = texts.clone().find(|text| text.ends_with(['.', '!', '?', '…', '。']));
    once.or_else(|| texts.clone().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continuation_follows_the_last_whole_word() {
        let cut = "We open at nine and close at fi";
        assert_eq!(whole_words(cut), "We open at nine and close at");
        assert_eq!(join(whole_words(cut), "five."), "We open at nine and close at five.");
        assert_eq!(join(whole_words(cut), " open at nine and close at five."), "We open at nine and close at five.");
        assert_eq!(join("- soup\n", "- bread"), "- soup\n- bread");
        assert_eq!(whole_words("Pneumono"), "");
        assert_eq!(join("", "Hello"), "Hello");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(whole_sentences(text), expected);
    }

    #[test]
    fn a_cut_answer_ends_with_a_sentence() {
        check("It costs 3.50 euros. We have two of th", "It costs 3.50 euros.");
        check("Really?! (Yes.) And th", "Really?! (Yes.)");
        check("**Sure.** And", "**Sure.**");
        check("Menu:\n1. Soup\n2. Bre", "Menu:\n1. Soup");
        check("これは本です。それは", "これは本です。");
        check("A list 1. of th", "A list 1. of …");
        check("One two thr", "One two …");
        check("Pneumono", "");
        check("", "");
        check("Code:\n```\nlet a = 1;\nlet b", "Code:\n```\nlet a = 1;\n```");
        check("Code:\n~~~\nlet a = 1;\nlet b", "Code:\n~~~\nlet a = 1;\n~~~");
        check("Page:\n````md\n```\na\n```\nlet b", "Page:\n````md\n```\na\n```\n````");
    }

    #[test]
    fn a_loop_at_the_end_is_found() {
        let looped = format!("Dear user. {}I am so", "I am sorry. ".repeat(9));
        assert_eq!(without_loop(&looped).as_deref(), Some("Dear user. I am sorry."));
        assert_eq!(without_loop("ha ha ha ha ha").as_deref(), Some("ha"));
        assert_eq!(without_loop("No, no, and no. Never."), None);
        assert_eq!(without_loop("Title\n------------------------"), None, "a line is no loop of words");
        assert_eq!(without_loop(""), None);
    }
}
