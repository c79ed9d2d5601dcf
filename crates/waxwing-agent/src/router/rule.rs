//! Condition on a turn.

use crate::context::RunContext;
use crate::media::MediaKind;
use crate::turn::Turn;
use crate::user_message::UserMessage;

/// A condition on a turn, for a [`Router`](super::Router). Texts are compared without regard to case.
///
/// ```
/// use waxwing_agent::{Rule, RunContext};
///
/// let invoices = Rule::word("invoice").or(Rule::word("bill")).and(Rule::Group.negated());
/// let ctx = RunContext::in_memory("34600000000");
/// assert!(invoices.matches(&"Where is my INVOICE?".into(), &ctx));
/// assert!(!invoices.matches(&"hello".into(), &ctx));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A message contains this word, or these words in a row. Punctuation between and around the words does not matter: `menu` matches "The
    /// menu!", and does not match "menus".
    Word(String),
    /// A message begins with this text.
    StartsWith(String),
    /// The user tapped a choice whose [id](crate::Choice::id) begins with this text. The case matters.
    Tapped(String),
    /// A message has media of this kind, or of any kind.
    Media(Option<MediaKind>),
    /// The conversation is a group.
    Group,
    /// The user id begins with these digits, such as a country code. In a group, this is the sender of the last message.
    Number(String),
    /// All of these rules match.
    All(Vec<Rule>),
    /// At least one of these rules matches.
    Any(Vec<Rule>),
    /// The rule does not match.
    Not(Box<Rule>),
}

impl Rule {
    /// Creates a rule that matches if a message contains this word, or these words in a row.
    pub fn word(word: impl Into<String>) -> Self {
        Self::Word(word.into())
    }

    /// Creates a rule that matches if a message begins with this text.
    pub fn starts_with(text: impl Into<String>) -> Self {
        Self::StartsWith(text.into())
    }

    /// Creates a rule that matches if the user tapped a choice whose id begins with this text.
    pub fn tapped(prefix: impl Into<String>) -> Self {
        Self::Tapped(prefix.into())
    }

    /// Creates a rule that matches if a message has media of this kind.
    pub fn media(kind: MediaKind) -> Self {
        Self::Media(Some(kind))
    }

    /// Creates a rule that matches if the user id begins with these digits. A leading plus sign is ignored.
    pub fn number(prefix: impl Into<String>) -> Self {
        Self::Number(prefix.into())
    }

    /// Creates a rule that matches if this rule or the other rule matches.
    pub fn or(self, other: Self) -> Self {
        Self::Any(vec![self, other])
    }

    /// Creates a rule that matches if this rule and the other rule match.
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// Creates a rule that matches if this rule does not match.
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Returns true if the rule matches the turn.
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

/// Returns the words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;
    use crate::media::Media;
    use crate::session::Session;

    #[track_caller]
    fn check(rule: Rule, message: UserMessage, expected: bool) {
        let ctx = RunContext::in_memory("34600000000");
        let turn = Turn::new([UserMessage::text("first"), message]);
        assert_eq!(rule.matches(&turn, &ctx), expected);
        assert_eq!(rule.negated().matches(&turn, &ctx), !expected);
    }

    #[test]
    fn words_and_prefixes_match_the_text_of_a_message() {
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
    fn taps_media_and_numbers_match() {
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
    fn rules_can_be_combined() {
        let (yes, no) = (|| Rule::word("first"), || Rule::word("never"));
        check(yes().or(no()), UserMessage::text(""), true);
        check(no().or(no()), UserMessage::text(""), false);
        check(yes().and(yes()), UserMessage::text(""), true);
        check(yes().and(no()), UserMessage::text(""), false);
    }

    #[test]
    fn a_group_matches() {
        let ctx = RunContext::builder("1", Session::new("g")).in_group(true).build();
        assert!(Rule::Group.matches(&"hi".into(), &ctx));
        assert!(!Rule::Group.matches(&"hi".into(), &RunContext::in_memory("1")));
    }
}
