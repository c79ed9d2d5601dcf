//! What a user said.

use std::time::{Duration, SystemTime};

use crate::Media;

/// What an agent answers in one run: one message, or several that came close together.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// The messages, oldest first; never empty when an engine runs the agent.
    pub messages: Vec<Message>,
    /// Earlier messages of the agent that will not reach the user, of which it was not told yet.
    pub undelivered: Vec<Undelivered>,
}

impl Turn {
    /// The texts and captions of all messages, a line each.
    pub fn text(&self) -> String {
        let texts: Vec<_> =
            self.messages.iter().map(|message| message.text.as_str()).filter(|t| !t.is_empty()).collect();
        texts.join("\n")
    }

    /// All media, in the order in which they came.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.messages.iter().filter_map(|message| message.media.as_ref())
    }
}

impl From<Message> for Turn {
    fn from(message: Message) -> Self {
        Self { messages: vec![message], ..Self::default() }
    }
}

impl From<&str> for Turn {
    fn from(text: &str) -> Self {
        Message::text(text).into()
    }
}

/// One message of a user.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Message {
    /// The channel's id of the message.
    pub id: String,
    /// Who wrote it; in a group, not always the same.
    pub sender: Person,
    /// When the user sent it, to the second.
    pub sent_at: SystemTime,
    /// Its text, or the caption of its medium; empty if there is none.
    pub text: String,
    /// What came with it.
    pub media: Option<Media>,
    /// Why a medium that came with it cannot be had, in words that an agent may pass on.
    pub media_problem: Option<String>,
    /// The id of the message that it quotes.
    pub quotes: Option<String>,
    /// How old it is, where it is so old that the agent should know: it waited while nobody could answer.
    pub late: Option<Duration>,
}

impl Message {
    /// A message of words alone, sent now, by nobody in particular.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            sender: Person::default(),
            sent_at: SystemTime::now(),
            text: text.into(),
            media: None,
            media_problem: None,
            quotes: None,
            late: None,
        }
    }

    /// Attaches a medium.
    pub fn with_media(mut self, media: Media) -> Self {
        self.media = Some(media);
        self
    }
}

/// A message of the agent that will not reach the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undelivered {
    /// Its words; empty if it was a medium without any.
    pub text: String,
    /// Why, as the channel tells it.
    pub reason: String,
    /// The channel's code for the reason.
    pub code: Option<i64>,
}

impl Undelivered {
    /// A message that was lost for this reason.
    pub fn new(text: impl Into<String>, reason: impl Into<String>, code: Option<i64>) -> Self {
        Self { text: text.into(), reason: reason.into(), code }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// What the user is known by: the phone number, or a business-scoped id where the number is hidden. A label, not a key.
    pub id: String,
    /// The name in the user's profile.
    pub name: Option<String>,
}
