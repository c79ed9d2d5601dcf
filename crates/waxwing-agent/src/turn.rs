//! What a user said.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use crate::{Choice, Contact, Location, Media};

/// What an agent answers in one run: one message, or several that came close together.
///
/// ```
/// use waxwing_agent::{Turn, UserMessage};
///
/// let turn = Turn { messages: vec![UserMessage::text("hi"), UserMessage::text("are you open?")], ..Turn::default() };
/// assert_eq!(turn.text(), "hi\nare you open?");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// The messages, oldest first; never empty when an engine runs the agent.
    pub messages: Vec<UserMessage>,
    /// Earlier messages of the agent that will not reach the user, of which it was not told yet.
    pub undelivered: Vec<Undelivered>,
}

impl Turn {
    /// What all messages say in words, a line each: texts and captions, what was tapped, places and cards.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.messages.iter().map(UserMessage::plain_text).filter(|text| !text.is_empty()).collect();
        texts.join("\n")
    }

    /// All media, in the order in which they came.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.messages.iter().filter_map(|message| message.media.as_ref())
    }
}

impl From<UserMessage> for Turn {
    fn from(message: UserMessage) -> Self {
        Self { messages: vec![message], ..Self::default() }
    }
}

impl From<&str> for Turn {
    fn from(text: &str) -> Self {
        UserMessage::text(text).into()
    }
}

/// One message of a user.
///
/// ```
/// use waxwing_agent::{Media, UserMessage};
///
/// let message = UserMessage::text("my invoice").with_media(Media::document("may.pdf", "application/pdf", "%PDF-1.7"));
/// assert_eq!(message.text, "my invoice");
/// assert_eq!(message.media.as_ref().and_then(Media::filename), Some("may.pdf"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UserMessage {
    /// The channel's id of the message.
    pub id: String,
    /// Who wrote it; in a group, not always the same.
    pub sender: User,
    /// When the user sent it, to the second.
    pub sent_at: SystemTime,
    /// Its text, the caption of its medium, or the label of what was tapped; empty if there is none.
    pub text: String,
    /// What the user tapped, of the answers to some question of any age.
    pub choice: Option<Choice>,
    /// A place that the user shared.
    pub location: Option<Location>,
    /// Cards that the user shared: what its sender says of these people.
    pub contacts: Vec<Contact>,
    /// What came with it.
    pub media: Option<Media>,
    /// Why a medium that came with it cannot be had, in words that an agent may pass on.
    pub media_problem: Option<String>,
    /// The id of the message that it quotes.
    pub quotes: Option<String>,
    /// How old it is, where it is so old that the agent should know: it waited while nobody could answer.
    pub stale_age: Option<Duration>,
}

impl UserMessage {
    /// A message of words alone, sent now, by nobody in particular.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            sender: User::default(),
            sent_at: SystemTime::now(),
            text: text.into(),
            choice: None,
            location: None,
            contacts: Vec::new(),
            media: None,
            media_problem: None,
            quotes: None,
            stale_age: None,
        }
    }

    /// A tap on an answer.
    pub fn tap(choice: Choice) -> Self {
        Self { choice: Some(choice.clone()), ..Self::text(choice.label) }
    }

    /// Attaches a place.
    pub fn with_location(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Attaches a card.
    pub fn with_contact(mut self, contact: Contact) -> Self {
        self.contacts.push(contact);
        self
    }

    /// What the message says in words: its text, or else the place or the cards that were shared. Empty for a medium without a caption.
    pub fn plain_text(&self) -> Cow<'_, str> {
        if !self.text.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let place = self.location.iter().map(Location::to_string);
        let words: Vec<_> = place.chain(self.contacts.iter().map(Contact::to_string)).collect();
        Cow::Owned(words.join("\n"))
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
pub struct User {
    /// What the user is known by: the phone number, or a business-scoped id where the number is hidden. A label, not a key.
    pub id: String,
    /// The name in the user's profile.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_in_words_has_what_was_tapped_and_shared() {
        let shared = UserMessage::text("").with_contact(Contact::new("Bea")).with_contact(Contact::new("Cleo"));
        let messages = vec![
            UserMessage::tap(Choice::new("y", "Yes")),
            UserMessage::text("").with_media(Media::image("image/png", vec![1])),
            UserMessage::text("").with_location(Location::new(1.5, 2.5)),
            shared,
        ];
        let turn = Turn { messages, ..Turn::default() };
        assert_eq!(turn.text(), "Yes\n1.5, 2.5\nBea\nCleo");
    }
}
