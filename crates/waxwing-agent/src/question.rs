//! Questions with answers to choose from.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::UserMessage;

/// A question with answers to choose from.
///
/// The channel shows it as it can: as buttons or as a list to tap, or, where there is neither, where there are too many answers or they are too
/// long, as numbered lines. [`Question::answer`] understands an answer in each of these forms.
///
/// ```
/// use waxwing_agent::{UserMessage, Question};
///
/// let size = Question::new("Which size?").choice("s", "Small").choice("l", "Large");
/// assert_eq!(size.answer(&UserMessage::text("large")).map(|choice| choice.id.as_str()), Some("l"));
/// assert_eq!(size.plain_text(), "Which size?\n\n1. Small\n2. Large");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question, in Markdown.
    pub text: String,
    /// The answers.
    pub choices: Vec<Choice>,
    /// The label of what opens the answers where they are in a list.
    pub menu: String,
}

/// An answer to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Says which it is. It travels to the user and back, and what was asked once can be answered long after, and again: look the id up, and do
    /// not put into it what the user should not change.
    pub id: String,
    /// What the user reads.
    pub label: String,
    /// A second line.
    pub description: Option<String>,
}

impl Choice {
    /// An answer without a second line.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), description: None }
    }

    /// Adds a second line. Answers that have one are shown in a list.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl Question {
    /// A question, in Markdown, without answers yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), choices: Vec::new(), menu: "Choose".into() }
    }

    /// Adds an answer.
    pub fn choice(self, id: impl Into<String>, label: impl Into<String>) -> Self {
        self.with_choice(Choice::new(id, label))
    }

    /// Adds an answer.
    pub fn with_choice(mut self, choice: Choice) -> Self {
        self.choices.push(choice);
        self
    }

    /// Labels what opens the answers where they are in a list: "Choose", unless set.
    pub fn menu(mut self, label: impl Into<String>) -> Self {
        self.menu = label.into();
        self
    }

    /// The answer that a message gives: the one that was tapped, or whose number or label was written.
    pub fn answer(&self, message: &UserMessage) -> Option<&Choice> {
        let is_tapped = |id: &str| self.choices.iter().find(|choice| choice.id == id);
        match &message.choice {
            Some(tapped) => is_tapped(&tapped.id),
            None => self.written(&message.text),
        }
    }

    fn written(&self, text: &str) -> Option<&Choice> {
        let text = text.trim();
        let number: Option<usize> = text.trim_end_matches(['.', ')']).parse().ok();
        let label = |choice: &&Choice| choice.label.trim().to_lowercase() == text.to_lowercase();
        let labelled = self.choices.iter().find(label);
        labelled.or_else(|| self.choices.get(number?.checked_sub(1)?))
    }

    /// The question in words alone: its answers as numbered lines.
    pub fn plain_text(&self) -> String {
        let mut words = self.text.trim_end().to_owned();
        for (number, choice) in (1..).zip(&self.choices) {
            let break_ = match (words.is_empty(), number) {
                (true, _) => "",
                (false, 1) => "\n\n",
                (false, _) => "\n",
            };
            let description = choice.description.as_ref().map(|description| format!(" – {description}"));
            let description = description.unwrap_or_default();
            write!(words, "{break_}{number}. {}{description}", choice.label)
                .expect("a string takes all that is written");
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pizza() -> Question {
        Question::new("Which **pizza**?\n")
            .choice("m", "Margherita")
            .with_choice(Choice::new("f", "Funghi").description("with mushrooms"))
            .choice("4", "4")
    }

    #[test]
    fn words_have_a_number_for_each_answer() {
        let expected = "Which **pizza**?\n\n1. Margherita\n2. Funghi – with mushrooms\n3. 4";
        assert_eq!(pizza().plain_text(), expected);
        assert_eq!(Question::new("").choice("y", "Yes").choice("n", "No").plain_text(), "1. Yes\n2. No");
        assert_eq!(Question::new("How?").plain_text(), "How?");
    }

    #[test]
    fn an_answer_is_tapped_or_its_number_or_its_label_is_written() {
        #[track_caller]
        fn check(message: &UserMessage, expected: Option<&str>) {
            assert_eq!(pizza().answer(message).map(|choice| choice.id.as_str()), expected);
        }
        check(&UserMessage::tap(Choice::new("f", "anything")), Some("f"));
        check(&UserMessage::tap(Choice::new("of another question", "Funghi")), None);
        for (text, expected) in [
            ("1", Some("m")),
            (" 2. ", Some("f")),
            ("3)", Some("4")),
            ("4", Some("4")),
            ("FUNGHI", Some("f")),
            ("0", None),
            ("5", None),
            ("-1", None),
            ("one", None),
            ("", None),
            ("Funghi please", None),
        ] {
            check(&UserMessage::text(text), expected);
        }
    }
}
