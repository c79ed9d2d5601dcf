//! Message of a user.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::author::Author;
use crate::choice::Choice;
use crate::contact::Contact;
use crate::location::Location;
use crate::media::Media;
use crate::message_content::{FormAnswer, MessageContent};
use crate::message_context::MessageContext;
use crate::quoted_message::QuotedMessage;
use crate::redacted::Redacted;
use crate::user::User;

/// A message of a user.
///
/// `Debug` output contains neither the sender nor the content of the message.
///
/// ```
/// use waxwing_agent::{Media, User, UserMessage};
///
/// let message = UserMessage::text("What is this?")
///     .with_sender(User::new("34600000000").with_name("Ana"))
///     .with_media(Media::image("image/png", vec![1, 2, 3]));
/// assert_eq!(message.plain_text(), "What is this?");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct UserMessage {
    /// Id of the message at the channel.
    pub id: String,
    /// User who wrote the message. In a group, senders differ.
    pub sender: User,
    /// Time at which the user sent the message, to the second.
    pub sent_at: SystemTime,
    /// Text, caption of the media, or label of the tapped choice. Empty if the message has none of them.
    pub text: String,
    /// Choice that the user tapped. The question may have been asked at any earlier time.
    pub choice: Option<Choice>,
    /// Location that the user shared.
    pub location: Option<Location>,
    /// Contact cards that the user shared. The names and numbers are claims of the sender.
    pub contacts: Vec<Contact>,
    /// Content with a form of its own, such as an order.
    pub content: Option<MessageContent>,
    /// Origin of the message: forwarded, from an ad, or about a product.
    pub context: MessageContext,
    /// Media that the user sent.
    pub media: Option<Media>,
    /// Reason why the media of the message is not available. The agent may pass the reason on to the user.
    pub media_problem: Option<String>,
    /// Id of the message that this message quotes.
    pub quotes: Option<String>,
    /// Message that this message quotes, answers with a tap, or reacts to. `None` if the conversation does not keep it any more.
    pub quoted: Option<QuotedMessage>,
    /// Age of the message, if the message is stale: it waited so long that the agent should know.
    pub stale_age: Option<Duration>,
}

impl UserMessage {
    /// Creates a text message that is sent now, without id and sender.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            sender: User::default(),
            sent_at: SystemTime::now(),
            text: text.into(),
            choice: None,
            location: None,
            contacts: Vec::new(),
            content: None,
            context: MessageContext::default(),
            media: None,
            media_problem: None,
            quotes: None,
            quoted: None,
            stale_age: None,
        }
    }

    /// Creates the message of a user who tapped a choice.
    pub fn tap(choice: Choice) -> Self {
        Self { choice: Some(choice.clone()), ..Self::text(choice.label) }
    }

    /// Sets the id.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the sender.
    pub fn with_sender(mut self, sender: User) -> Self {
        self.sender = sender;
        self
    }

    /// Sets the location.
    pub fn with_location(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds a contact card.
    pub fn with_contact(mut self, contact: Contact) -> Self {
        self.contacts.push(contact);
        self
    }

    /// Sets the content with a form of its own.
    pub fn with_content(mut self, content: impl Into<MessageContent>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Sets the media.
    pub fn with_media(mut self, media: Media) -> Self {
        self.media = Some(media);
        self
    }

    /// Returns the answer to a form, if the message is one.
    ///
    /// ```
    /// use waxwing_agent::{FormAnswer, UserMessage};
    ///
    /// let message = UserMessage::text("").with_content(FormAnswer::new(serde_json::json!({"guests": "4"})));
    /// assert!(message.form_answer().is_some());
    /// ```
    pub fn form_answer(&self) -> Option<&FormAnswer> {
        match &self.content {
            Some(MessageContent::Form(answer)) => Some(answer),
            _ => None,
        }
    }

    /// Returns the text of the message. A message without text gives its location, its contact cards and its further content, one per line.
    /// Media without a caption give an empty text.
    pub fn plain_text(&self) -> Cow<'_, str> {
        if !self.text.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let location = self.location.iter().map(Location::to_string);
        let content = self.content.iter().map(|content| content.plain_text().into_owned());
        let lines = location.chain(self.contacts.iter().map(Contact::to_string)).chain(content);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        Cow::Owned(lines.join("\n"))
    }
}

impl From<&UserMessage> for QuotedMessage {
    fn from(message: &UserMessage) -> Self {
        let quoted = Self::new(Author::User(message.sender.clone()), message.plain_text());
        Self { media: message.media.clone(), ..quoted }
    }
}

/// Leaves out the ids: an id of WhatsApp contains the phone number in an encoded form.
impl fmt::Debug for UserMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserMessage")
            .field("sent_at", &self.sent_at)
            .field("text", &Redacted(&self.text))
            .field("choice", &self.choice)
            .field("location", &self.location)
            .field("contacts", &self.contacts.len())
            .field("content", &self.content)
            .field("context", &self.context)
            .field("media", &self.media)
            .field("quoted", &self.quoted)
            .field("stale_age", &self.stale_age)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_personal_data() {
        let message = UserMessage::text("my secret")
            .with_id("wamid.secret")
            .with_sender(User::new("34600000001").with_name("Ana"))
            .with_location(Location::new(40.4168, -3.7038).with_name("Ana's home"))
            .with_contact(Contact::new("Bea").with_phone("+34 622 222 222"));
        let shown = format!("{message:?} {:?}", UserMessage::tap(Choice::new("secret", "my secret")));
        for personal in ["secret", "34600000001", "Ana", "Bea", "622 222", "40.41"] {
            assert!(!shown.contains(personal), "{shown}");
        }
        assert!(shown.contains("9 chars"), "{shown}");
    }
}
