//! Replacement of texts.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, Match, MatchKind};
use serde_json::Value;

/// Stand-in of an e-mail address.
const EMAIL: &str = "person@example.com";

/// Stand-in of the id of a message that is not part of the recording. Meta's ids contain phone numbers.
const MESSAGE_ID: &str = "unknown-message";

/// Texts to replace, with their stand-ins.
pub(crate) struct Replacements {
    originals: Option<AhoCorasick>,
    stand_ins: Vec<String>,
}

impl Replacements {
    pub(super) fn new(pairs: HashMap<String, String>) -> Self {
        let (originals, stand_ins): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let originals = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(originals).ok();
        Self { originals, stand_ins }
    }

    /// Replaces personal data in all strings of a value, at any depth. Keys stay.
    pub(crate) fn apply(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.replaced(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.apply(value)),
            Value::Object(object) => object.values_mut().for_each(|value| self.apply(value)),
            _ => {}
        }
    }

    /// Replaces personal data in a text. Parts of words stay, and a stand-in is not replaced again.
    pub(crate) fn replaced(&self, text: &str) -> String {
        if text.starts_with("wamid.") || text.starts_with("wacid.") {
            return MESSAGE_ID.to_owned();
        }
        let mut replaced = String::with_capacity(text.len());
        let (mut written, mut at) = (0, 0);
        while let Some(found) = self.find(text, at..text.len()) {
            match self.whole_word(text, found) {
                Some(word) => {
                    replaced.push_str(&text[written..word.start()]);
                    replaced.push_str(&self.stand_ins[word.pattern().as_usize()]);
                    written = word.end();
                    at = word.end();
                }
                None => at = text.ceil_char_boundary(found.start() + 1),
            }
        }
        replaced.push_str(&text[written..]);
        without_emails(&replaced)
    }

    fn find(&self, text: &str, range: Range<usize>) -> Option<Match> {
        self.originals.as_ref()?.find(Input::new(text).range(range))
    }

    /// Returns the longest match at the start of `found` that is no part of a longer word.
    fn whole_word(&self, text: &str, mut found: Match) -> Option<Match> {
        let start = found.start();
        if text[..start].ends_with(char::is_alphanumeric) {
            return None;
        }
        while text[found.end()..].starts_with(char::is_alphanumeric) {
            let shorter = text.floor_char_boundary(found.end() - 1);
            found = self.find(text, start..shorter).filter(|found| found.start() == start)?;
        }
        Some(found)
    }
}

/// Replaces e-mail addresses.
fn without_emails(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let is_email_char = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@' | '%');
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if at < text.len() && is_email_char(c) {
            continue;
        }
        let word = text[start..at].trim_end_matches('.');
        parts.push(if is_email(word) {
            EMAIL.to_owned() + &text[start + word.len()..at]
        } else {
            text[start..at].into()
        });
        if at < text.len() {
            parts.push(c.to_string());
            start = at + c.len_utf8();
        }
    }
    parts.concat()
}

fn is_email(word: &str) -> bool {
    let host = word.split_once('@').filter(|(user, _)| !user.is_empty()).map(|(_, host)| host);
    // The ids of groups look like addresses.
    host.is_some_and(|host| host.contains('.') && !host.contains('@') && host != "g.us")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_replaced() {
        let pairs = [("Ana López", "P1"), ("Ana", "P"), ("34600123456", "15550100001")];
        let replacements = Replacements::new(pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        for (text, expected) in [
            ("Hi Ana López, Ana!", "Hi P1, P!"),
            ("Ana Lópezé", "P Lópezé"),
            ("Anabel and banana", "Anabel and banana"),
            ("+34600123456 https://wa.me/34600123456", "+15550100001 https://wa.me/15550100001"),
            ("order 346001234567", "order 346001234567"),
            ("Write to ana.lopez+x@example.org.", "Write to person@example.com."),
            ("@ or a@b, group-1@g.us", "@ or a@b, group-1@g.us"),
            ("wamid.HBgLMzQ2MDA", "unknown-message"),
            ("é", "é"),
        ] {
            assert_eq!(replacements.replaced(text), expected);
        }
    }
}
