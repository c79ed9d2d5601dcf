//! Entry of the conversation history.

use std::borrow::Cow;
use std::fmt;

use crate::author::Author;
use crate::media::{Media, MediaKind};
use crate::quoted_message::QuotedMessage;
use crate::redacted::Redacted;
use crate::sent_part::SentPart;
use crate::tool_round::ToolRound;
use crate::user_message::UserMessage;

/// Something that happened in the conversation before this turn.
///
/// `Debug` output contains neither names nor texts.
///
/// ```
/// use waxwing_agent::{HistoryEntry, Role, Session};
///
/// let history = vec![HistoryEntry::new(Role::User, "hi"), HistoryEntry::new(Role::Agent, "Hello!")];
/// let session = Session::restored("34600000000", history, serde_json::Map::new());
/// assert_eq!(session.history()[1].text(), "Hello!");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// Position in the conversation. Positions increase from entry to entry, with gaps. 0 if the position is not known.
    pub seq: i64,
    /// Time of the event, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Author.
    pub author: Author,
    /// Event.
    pub event: HistoryEvent,
}

/// Side of the conversation that an entry belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The user.
    User,
    /// The agent, or the channel on its behalf.
    Agent,
    /// An operator: a person of the business who answered instead of the agent, or another app that did.
    Operator,
}

/// Event of the history.
#[derive(Clone)]
#[non_exhaustive]
pub enum HistoryEvent {
    /// A message of the user, with the text of its last edit.
    Message(Box<UserMessage>),
    /// A message of the user that the user has deleted.
    Deleted,
    /// A reaction of the user. An empty emoji removes the earlier reaction.
    Reaction {
        /// Emoji.
        emoji: String,
        /// [Id](UserMessage::id) of the message.
        message: String,
        /// Message that the user reacts to. `None` if the conversation does not keep it any more.
        quoted: Option<Box<QuotedMessage>>,
    },
    /// Parts of a message that the business sent, as the agent or the operator wrote them.
    Sent(Vec<SentPart>),
    /// Calls of tools with their results.
    Tools(ToolRound),
    /// A person, or another app, answers the conversation from here on.
    HandedOff,
    /// The agent answers the conversation again from here on.
    Resumed,
    /// The messages of the user before this entry were not answered, because no run succeeded.
    Unanswered,
}

impl HistoryEntry {
    /// Creates an entry with a text, without position and time.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        match role {
            Role::User => Self::from_user(UserMessage::text(text)),
            Role::Agent => Self::sent(Author::Agent(String::new()), [SentPart::Text(text.into())]),
            Role::Operator => Self::sent(Author::Operator, [SentPart::Text(text.into())]),
        }
    }

    /// Creates the entry of a message of the user.
    pub fn from_user(message: UserMessage) -> Self {
        let author = Author::User(message.sender.clone());
        Self::of(author, HistoryEvent::Message(Box::new(message)))
    }

    /// Creates the entry of a message that the business sent.
    pub fn sent(author: Author, parts: impl IntoIterator<Item = SentPart>) -> Self {
        Self::of(author, HistoryEvent::Sent(parts.into_iter().collect()))
    }

    /// Creates an entry without position and time.
    pub fn of(author: Author, event: HistoryEvent) -> Self {
        Self { seq: 0, at: 0, author, event }
    }

    /// Sets the position in the conversation.
    pub fn with_seq(mut self, seq: i64) -> Self {
        self.seq = seq;
        self
    }

    /// Sets the time, in milliseconds since the Unix epoch.
    pub fn with_time(mut self, at: i64) -> Self {
        self.at = at;
        self
    }

    /// Returns the side of the conversation that the entry belongs to.
    pub fn role(&self) -> Role {
        match self.author {
            Author::User(_) => Role::User,
            Author::Agent(_) | Author::System => Role::Agent,
            Author::Operator | Author::BusinessApp | Author::OtherApp => Role::Operator,
        }
    }

    /// Returns the message of the user, if the entry is one.
    pub fn message(&self) -> Option<&UserMessage> {
        match &self.event {
            HistoryEvent::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Returns the parts of a message that the business sent. Other entries have none.
    pub fn parts(&self) -> &[SentPart] {
        match &self.event {
            HistoryEvent::Sent(parts) => parts,
            _ => &[],
        }
    }

    /// Returns the text of a message. Other events, and media without a caption, have none.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.event {
            HistoryEvent::Message(message) => message.plain_text(),
            HistoryEvent::Sent(parts) => {
                let texts: Vec<_> = parts.iter().filter_map(SentPart::plain_text).collect();
                texts.join("\n").into()
            }
            _ => Cow::Borrowed(""),
        }
    }

    /// Returns the kinds of the media of a message.
    pub fn media_kinds(&self) -> Vec<MediaKind> {
        match &self.event {
            HistoryEvent::Message(message) => message.media.iter().map(crate::Media::kind).collect(),
            HistoryEvent::Sent(parts) => parts.iter().filter_map(SentPart::media).map(|media| media.kind).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, at, author, event } = self;
        f.debug_struct("HistoryEntry")
            .field("seq", seq)
            .field("at", at)
            .field("author", author)
            .field("event", event)
            .finish()
    }
}

impl fmt::Debug for HistoryEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.debug_tuple("Message").field(&Redacted(&message.text)).finish(),
            Self::Deleted => f.write_str("Deleted"),
            Self::Reaction { .. } => f.write_str("Reaction"),
            Self::Sent(parts) => f.debug_tuple("Sent").field(&parts.len()).finish(),
            Self::Tools(round) => f.debug_tuple("Tools").field(round).finish(),
            Self::HandedOff => f.write_str("HandedOff"),
            Self::Resumed => f.write_str("Resumed"),
            Self::Unanswered => f.write_str("Unanswered"),
        }
    }
}

impl QuotedMessage {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sent_part::SentMedia;
    use crate::user::User;

    #[test]
    fn debug_output_has_no_text() {
        let entries = [
            HistoryEntry::new(Role::User, "my secret").with_seq(3).with_time(5),
            HistoryEntry::new(Role::Agent, "my secret"),
        ];
        let shown = format!("{entries:?}");
        assert!(!shown.contains("secret") && shown.contains("seq: 3, at: 5"), "{shown}");
    }

    #[test]
    fn the_text_of_an_entry_has_its_parts() {
        let parts = [SentPart::Text("Hi.".into()), SentPart::Markdown("**You**".into())];
        assert_eq!(HistoryEntry::sent(Author::System, parts).text(), "Hi.\n**You**");
        assert_eq!(HistoryEntry::of(Author::Operator, HistoryEvent::HandedOff).text(), "");
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
}
