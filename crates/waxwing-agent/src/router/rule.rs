//! What a router goes by.

use crate::{MediaKind, RunContext, Turn, UserMessage};

/// Says of a turn whether it is for somebody. Words are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A message contains this word, or these words in a row, whatever stands between and around them: `menu` is in "The menu!", not in "menus".
    Word(String),
    /// A message begins like this.
    StartsWith(String),
    /// The user tapped a choice whose [id](crate::Choice::id) begins like this.
    Tapped(String),
    /// A medium of this kind came, or of any kind.
    Media(Option<MediaKind>),
    /// It was said in a group.
    Group,
    /// The number of who wrote last begins with these digits: the code of a country, for a language.
    Number(String),
    /// All of these match.
    All(Vec<Rule>),
    /// One of these matches.
    Any(Vec<Rule>),
    /// This does not match.
    Not(Box<Rule>),
}

impl Rule {
    /// A message contains this word, or these words in a row.
    pub fn word(word: impl Into<String>) -> Self {
        Self::Word(word.into())
    }

    /// A message begins like this.
    pub fn starts_with(text: impl Into<String>) -> Self {
        Self::StartsWith(text.into())
    }

    /// The user tapped a choice whose id begins like this.
    pub fn tapped(prefix: impl Into<String>) -> Self {
        Self::Tapped(prefix.into())
    }

    /// A medium of this kind came.
    pub fn media(kind: MediaKind) -> Self {
        Self::Media(Some(kind))
    }

    /// The number of who wrote last begins with these digits.
    pub fn number(prefix: impl Into<String>) -> Self {
        Self::Number(prefix.into())
    }

    /// This matches, or the other.
    pub fn or(self, other: Self) -> Self {
        Self::Any(vec![self, other])
    }

    /// This matches, and the other too.
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// This does not match.
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Whether it matches.
    pub fn matches(&self, turn: &Turn, ctx: &RunContext) -> bool {
        let any = |test: &dyn Fn(&UserMessage) -> bool| turn.messages.iter().any(test);
        match self {
            Self::Word(word) => {
                let word = words(word);
                any(&|message| !word.is_empty() && words(&message.text).windows(word.len()).any(|found| found == word))
            }
            Self::StartsWith(start) => {
                let start = start.trim().to_lowercase();
                any(&|message| message.text.trim_start().to_lowercase().starts_with(&start))
            }
            Self::Tapped(prefix) => {
                any(&|message| message.choice.as_ref().is_some_and(|choice| choice.id.starts_with(prefix)))
            }
            Self::Media(kind) => turn.media().any(|media| kind.is_none_or(|kind| media.kind() == kind)),
            Self::Group => ctx.is_group(),
            Self::Number(prefix) => ctx.user_id().starts_with(prefix.trim_start_matches('+')),
            Self::All(rules) => rules.iter().all(|rule| rule.matches(turn, ctx)),
            Self::Any(rules) => rules.iter().any(|rule| rule.matches(turn, ctx)),
            Self::Not(rule) => !rule.matches(turn, ctx),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Media, Session};

    #[track_caller]
    fn check(rule: Rule, message: UserMessage, expected: bool) {
        let ctx = RunContext::in_memory("34600000000");
        let turn = Turn { messages: vec![UserMessage::text("first"), message], ..Turn::default() };
        assert_eq!(rule.matches(&turn, &ctx), expected);
        assert_eq!(rule.negated().matches(&turn, &ctx), !expected);
    }

    #[test]
    fn words_and_beginnings() {
        for (word, text, expected) in [
            ("menu", "The MENU!", true),
            ("Menu", "menus", false),
            ("first", "second", true),
            ("opening hours", "What are your opening\nhours?", true),
            ("opening hours", "hours of opening", false),
            ("größe", "Welche GRÖSSE? welche Größe?", true),
            ("?!", "what?!", false),
        ] {
            check(Rule::word(word), UserMessage::text(text), expected);
        }
        check(Rule::starts_with("Book a"), UserMessage::text(" book a table"), true);
        check(Rule::starts_with("book"), UserMessage::text("a book"), false);
    }

    #[test]
    fn taps_media_and_numbers() {
        let tap = || UserMessage::tap(Choice::new("dish/7", "Soup"));
        check(Rule::tapped("dish/"), tap(), true);
        check(Rule::tapped("drink/"), tap(), false);
        check(Rule::tapped(""), UserMessage::text("dish/7"), false);
        let picture = || UserMessage::text("").with_media(Media::image("image/png", vec![1]));
        check(Rule::media(MediaKind::Image), picture(), true);
        check(Rule::media(MediaKind::Voice), picture(), false);
        check(Rule::Media(None), picture(), true);
        check(Rule::Media(None), UserMessage::text("picture"), false);
        check(Rule::number("+34"), UserMessage::text("hola"), true);
        check(Rule::number("4"), UserMessage::text("hola"), false);
    }

    #[test]
    fn several_together() {
        let (yes, no) = (|| Rule::word("first"), || Rule::word("never"));
        check(yes().or(no()), UserMessage::text(""), true);
        check(no().or(no()), UserMessage::text(""), false);
        check(yes().and(yes()), UserMessage::text(""), true);
        check(yes().and(no()), UserMessage::text(""), false);
    }

    #[test]
    fn groups() {
        let ctx = RunContext::builder("1", Session::new("g")).in_group(true).build();
        assert!(Rule::Group.matches(&"hi".into(), &ctx));
        assert!(!Rule::Group.matches(&"hi".into(), &RunContext::in_memory("1")));
    }
}
