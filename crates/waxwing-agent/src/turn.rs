//! Input of a run.

use std::time::Duration;

use crate::business_closed::BusinessClosed;
use crate::media::Media;
use crate::undelivered::Undelivered;
use crate::user_message::UserMessage;

/// The messages that an agent answers in one run: one message, or a burst of messages.
///
/// ```
/// use waxwing_agent::{Turn, UserMessage};
///
/// let turn = Turn::new([UserMessage::text("Two coffees,"), UserMessage::text("please.")]);
/// assert_eq!(turn.text(), "Two coffees,\nplease.");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Turn {
    /// Messages of the user, oldest first. An engine passes at least one message.
    pub messages: Vec<UserMessage>,
    /// Earlier messages of the agent that did not reach the user. An engine reports each of them once.
    pub undelivered: Vec<Undelivered>,
    /// Time for which the channel takes messages without a template: zero if the customer service window is closed. `None` if the channel has no
    /// such limit.
    pub service_window: Option<Duration>,
    /// Set if the business is closed at the time of the turn.
    pub closed: Option<BusinessClosed>,
}

impl Turn {
    /// Creates a turn of these messages, oldest first.
    pub fn new(messages: impl IntoIterator<Item = UserMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), undelivered: Vec::new(), service_window: None, closed: None }
    }

    /// Sets the earlier messages of the agent that did not reach the user.
    pub fn with_undelivered(mut self, undelivered: impl IntoIterator<Item = Undelivered>) -> Self {
        self.undelivered = undelivered.into_iter().collect();
        self
    }

    /// Sets the time for which the channel takes messages without a template.
    pub fn with_service_window(mut self, rest: Duration) -> Self {
        self.service_window = Some(rest);
        self
    }

    /// Marks the turn as outside the opening hours of the business.
    pub fn with_closed(mut self, closed: BusinessClosed) -> Self {
        self.closed = Some(closed);
        self
    }

    /// Returns the plain text of all messages, one line per message. See [`UserMessage::plain_text`].
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.messages.iter().map(UserMessage::plain_text).filter(|text| !text.is_empty()).collect();
        texts.join("\n")
    }

    /// Iterates over the media of all messages, in order.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.messages.iter().filter_map(|message| message.media.as_ref())
    }
}

impl From<UserMessage> for Turn {
    fn from(message: UserMessage) -> Self {
        Self::new([message])
    }
}

impl From<&str> for Turn {
    fn from(text: &str) -> Self {
        UserMessage::text(text).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;
    use crate::contact::Contact;
    use crate::location::Location;

    #[test]
    fn the_text_of_a_turn_has_tapped_labels_and_shared_locations_and_contacts() {
        let turn = Turn::new([
            UserMessage::tap(Choice::new("y", "Yes")),
            UserMessage::text("").with_media(Media::image("image/png", vec![1])),
            UserMessage::text("").with_location(Location::new(1.5, 2.5)),
            UserMessage::text("").with_contact(Contact::new("Bea")).with_contact(Contact::new("Cleo")),
        ]);
        assert_eq!(turn.text(), "Yes\n1.5, 2.5\nBea\nCleo");
    }

    #[test]
    fn debug_output_has_no_text() {
        let turn = Turn::from("my secret").with_undelivered([Undelivered::new("your secret", "gone", None)]);
        assert!(!format!("{turn:?}").contains("secret"));
    }
}
