//! Earlier message that a user refers to.

use std::fmt;

use crate::author::Author;
use crate::choice::Choice;
use crate::media::Media;
use crate::redacted::Redacted;

/// Maximum length of the text of a quoted message, in bytes. The rest of a longer text is left out.
const MAX_TEXT_BYTES: usize = 4096;

/// Maximum number of choices of a quoted message. Further ones are left out.
const MAX_CHOICES: usize = 32;

/// Earlier message that a user quotes, answers with a tap, or reacts to.
///
/// `Debug` output contains neither names nor texts.
///
/// ```
/// use waxwing_agent::{Author, Choice, QuotedMessage, UserMessage};
///
/// let mut tap = UserMessage::text("Large").with_id("wamid.2");
/// tap.quotes = Some("wamid.1".into());
/// let question = QuotedMessage::new(Author::Agent("waiter".into()), "Which size?")
///     .with_choice(Choice::new("s", "Small"))
///     .with_choice(Choice::new("l", "Large"));
/// tap.quoted = Some(question);
/// assert_eq!(tap.quoted.map(|question| question.text).as_deref(), Some("Which size?"));
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct QuotedMessage {
    /// Author. The name of an agent is empty if it is not known.
    pub author: Author,
    /// Text, caption of the media, or text of the question, at most 4 KiB. A template has the values of its placeholders.
    pub text: String,
    /// Buttons, or rows of the list, that the message offered, at most 32.
    pub choices: Vec<Choice>,
    /// Name of the template, if the message was one.
    pub template: Option<String>,
    /// Media. [`Media::read`] fails if the bytes are not available any more.
    pub media: Option<Media>,
    /// [Id of the run](crate::RunContext::run_id) that sent the message. `None` for other messages than those of agents.
    pub run_id: Option<String>,
}

impl QuotedMessage {
    /// Creates a quoted message with a text. A text of more than 4 KiB is cut.
    pub fn new(author: Author, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > MAX_TEXT_BYTES {
            text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
            text.push('…');
        }
        Self { author, text, choices: Vec::new(), template: None, media: None, run_id: None }
    }

    /// Adds a button or row. Choices after the first 32 are left out.
    pub fn with_choice(mut self, choice: Choice) -> Self {
        if self.choices.len() < MAX_CHOICES {
            self.choices.push(choice);
        }
        self
    }

    /// Sets the id of the run that sent the message.
    pub fn with_run_id(mut self, run_id: impl Into<String>) -> Self {
        self.run_id = Some(run_id.into());
        self
    }

    /// Sets the media.
    pub fn with_media(mut self, media: Media) -> Self {
        self.media = Some(media);
        self
    }

    /// Sets the name of the template.
    pub fn with_template(mut self, name: impl Into<String>) -> Self {
        self.template = Some(name.into());
        self
    }
}

impl fmt::Debug for QuotedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { author, text, choices, template, media, run_id } = self;
        f.debug_struct("QuotedMessage")
            .field("author", author)
            .field("text", &Redacted(text))
            .field("choices", &choices.len())
            .field("template", template)
            .field("media", media)
            .field("run_id", run_id)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MediaKind;
    use crate::user::User;

    #[test]
    fn long_texts_and_lists_are_cut() {
        let quoted = QuotedMessage::new(Author::Operator, "ñ".repeat(MAX_TEXT_BYTES));
        assert_eq!(quoted.text, format!("{}…", "ñ".repeat(MAX_TEXT_BYTES / 2)));
        let many = (0..100).fold(quoted, |quoted, nth| quoted.with_choice(Choice::new(nth.to_string(), "")));
        assert_eq!(many.choices.len(), MAX_CHOICES);
    }

    #[test]
    fn debug_output_has_neither_names_nor_texts() {
        let user = Author::User(User::new("34secret").with_name("secret"));
        let quoted = QuotedMessage::new(user, "secret")
            .with_choice(Choice::new("secret", "secret"))
            .with_media(Media::gone(MediaKind::Document, "text/plain").with_filename("secret.txt"));
        assert!(!format!("{quoted:?}").contains("secret"), "{quoted:?}");
    }
}
