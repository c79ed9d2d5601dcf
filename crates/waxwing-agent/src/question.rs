//! Question with choices.

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::redacted::Redacted;
use crate::user_message::UserMessage;

/// A question with answers to choose from.
///
/// The channel shows the choices as buttons or as a list. If there are more choices than the channel can show, or if a label is too long,
/// the channel shows numbered lines. [`Question::answer`] understands an answer in each of these forms. `Debug` output contains no text.
///
/// ```
/// use waxwing_agent::{Question, UserMessage};
///
/// let size = Question::new("Which size?").choice("s", "Small").choice("l", "Large");
/// assert_eq!(size.answer(&UserMessage::text("large")).map(|choice| choice.id.as_str()), Some("l"));
/// assert_eq!(size.plain_text(), "Which size?\n\n1. Small\n2. Large");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Question {
    /// Text of the question, in Markdown.
    pub text: String,
    /// Choices, in the order in which the user sees them.
    pub choices: Vec<Choice>,
    /// Label of the button that opens the list of choices.
    pub menu: String,
    /// Line above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Line below the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl Question {
    /// Creates a question without choices. The text is Markdown.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), choices: Vec::new(), menu: "Choose".into(), header: None, footer: None }
    }

    /// Adds a choice with this id and label.
    pub fn choice(self, id: impl Into<String>, label: impl Into<String>) -> Self {
        self.with_choice(Choice::new(id, label))
    }

    /// Adds a choice.
    pub fn with_choice(mut self, choice: Choice) -> Self {
        self.choices.push(choice);
        self
    }

    /// Sets the label of the button that opens the list of choices. The default is "Choose".
    pub fn with_menu(mut self, label: impl Into<String>) -> Self {
        self.menu = label.into();
        self
    }

    /// Sets the line above the text, at most 60 characters. The channel shows a longer one as a part of the text.
    pub fn with_header(mut self, header: impl Into<String>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the line below the text, at most 60 characters. The channel shows a longer one as a part of the text.
    pub fn with_footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    /// Returns the choice that a message selects: the choice that the user tapped, or the choice whose number or label is the whole text of
    /// the message. Labels are compared without regard to case.
    pub fn answer(&self, message: &UserMessage) -> Option<&Choice> {
        match &message.choice {
            Some(tapped) => self.choices.iter().find(|choice| choice.id == tapped.id),
            None => self.answer_in_text(&message.text),
        }
    }

    fn answer_in_text(&self, text: &str) -> Option<&Choice> {
        let text = text.trim();
        let number: Option<usize> = text.trim_end_matches(['.', ')']).parse().ok();
        let has_label = |choice: &&Choice| choice.label.trim().to_lowercase() == text.to_lowercase();
        let labelled = self.choices.iter().find(has_label);
        labelled.or_else(|| self.choices.get(number?.checked_sub(1)?))
    }

    /// Returns the question as plain text, with the header, the choices as numbered lines, and the footer.
    pub fn plain_text(&self) -> String {
        let header = self.header.iter().map(String::as_str);
        let mut lines =
            header.chain([self.text.trim_end()]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
        for (number, choice) in (1..).zip(&self.choices) {
            let separator = match (lines.is_empty(), number) {
                (true, _) => "",
                (false, 1) => "\n\n",
                (false, _) => "\n",
            };
            let description = choice.description.as_ref().map(|description| format!(" – {description}"));
            let description = description.unwrap_or_default();
            write!(lines, "{separator}{number}. {}{description}", choice.label)
                .expect("writing to a string does not fail");
        }
        if let Some(footer) = &self.footer {
            lines.push_str("\n\n");
            lines.push_str(footer);
        }
        lines
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, choices, menu, header, footer } = self;
        f.debug_struct("Question")
            .field("text", &Redacted(text))
            .field("choices", choices)
            .field("menu", &Redacted(menu))
            .field("header", &header.as_deref().map(Redacted))
            .field("footer", &footer.as_deref().map(Redacted))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pizza() -> Question {
        Question::new("Which **pizza**?\n")
            .choice("m", "Margherita")
            .with_choice(Choice::new("f", "Funghi").with_description("with mushrooms"))
            .choice("4", "4")
    }

    #[test]
    fn plain_text_has_a_number_for_each_choice() {
        let expected = "Which **pizza**?\n\n1. Margherita\n2. Funghi – with mushrooms\n3. 4";
        assert_eq!(pizza().plain_text(), expected);
        assert_eq!(Question::new("").choice("y", "Yes").choice("n", "No").plain_text(), "1. Yes\n2. No");
        assert_eq!(Question::new("How?").plain_text(), "How?");
        let framed = Question::new("How?").with_header("Order 17").choice("y", "Yes").with_footer("Until 8 pm");
        assert_eq!(framed.plain_text(), "Order 17\n\nHow?\n\n1. Yes\n\nUntil 8 pm");
    }

    #[test]
    fn a_user_answers_by_a_tap_or_by_writing_the_number_or_the_label() {
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

    #[test]
    fn debug_output_has_no_text() {
        let question = Question::new("my secret?").choice("secret", "my secret").with_menu("secrets");
        let question = question.with_header("my secret").with_footer("my secret");
        assert!(!format!("{question:?}").contains("secret"), "{question:?}");
    }
}
