//! Earlier message that a user refers to.

use std::fmt;

use crate::choice::Choice;
use crate::history_entry::{Author, HistoryEntry, HistoryEvent};
use crate::media::Media;
use crate::redacted::Redacted;
use crate::sent_part::SentPart;
use crate::user_message::UserMessage;

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

    /// Returns an entry of the history as a quoted message. Returns none for an entry that is no message, and for a deleted one.
    ///
    /// ```
    /// use waxwing_agent::{HistoryEntry, QuotedMessage, Role};
    ///
    /// let quoted = QuotedMessage::from_entry(&HistoryEntry::new(Role::User, "For two?"));
    /// assert_eq!(quoted.map(|quoted| quoted.text).as_deref(), Some("For two?"));
    /// ```
    pub fn from_entry(entry: &HistoryEntry) -> Option<Self> {
        match &entry.event {
            HistoryEvent::Message(message) => Some(Self::from(&**message)),
            HistoryEvent::Sent(parts) => {
                let quoted = Self::new(entry.author.clone(), entry.text());
                let media = parts.iter().find_map(SentPart::media).map(|sent| {
                    let gone = || {
                        sent.filename.iter().fold(Media::gone(sent.kind, sent.mime_type.clone()), Media::with_filename)
                    };
                    sent.file.clone().unwrap_or_else(gone)
                });
                Some(Self { media, ..quoted })
            }
            _ => None,
        }
    }
}

impl From<&UserMessage> for QuotedMessage {
    fn from(message: &UserMessage) -> Self {
        let quoted = Self::new(Author::User(message.sender.clone()), message.plain_text());
        Self { media: message.media.clone(), ..quoted }
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
    use crate::sent_part::SentMedia;
    use crate::user::User;

    #[test]
    fn long_texts_and_lists_are_cut() {
        let quoted = QuotedMessage::new(Author::Operator, "ñ".repeat(MAX_TEXT_BYTES));
        assert_eq!(quoted.text, format!("{}…", "ñ".repeat(MAX_TEXT_BYTES / 2)));
        let many = (0..100).fold(quoted, |quoted, nth| quoted.with_choice(Choice::new(nth.to_string(), "")));
        assert_eq!(many.choices.len(), MAX_CHOICES);
    }

    #[test]
    fn messages_of_either_side_can_be_quoted() {
        let sender = User::new("34600000001").with_name("Ana");
        let message =
            UserMessage::text("this?").with_sender(sender.clone()).with_media(Media::image("image/png", vec![1]));
        let quoted = QuotedMessage::from_entry(&HistoryEntry::from_user(message)).unwrap();
        assert!(quoted.author == Author::User(sender));
        assert_eq!((quoted.text.as_str(), quoted.media.map(|media| media.len())), ("this?", Some(1)));

        let mut menu = SentMedia::new(MediaKind::Document, "application/pdf");
        menu.filename = Some("menu.pdf".into());
        let sent = HistoryEntry::sent(Author::BusinessApp, [SentPart::Media(menu), SentPart::Text("Our menu".into())]);
        let quoted = QuotedMessage::from_entry(&sent).unwrap();
        assert_eq!((quoted.text.as_str(), quoted.author == Author::BusinessApp), ("Our menu", true));
        assert_eq!(quoted.media.unwrap().filename(), Some("menu.pdf"));

        for event in [HistoryEvent::Deleted, HistoryEvent::HandedOff] {
            assert_eq!(QuotedMessage::from_entry(&HistoryEntry::of(Author::System, event)), None);
        }
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
