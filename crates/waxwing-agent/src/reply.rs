//! Answer of an agent.

use crate::contact::Contact;
use crate::form_request::FormRequest;
use crate::handoff::HumanHandoff;
use crate::link::Link;
use crate::location::Location;
use crate::media::Media;
use crate::question::Question;
use crate::reply_part::ReplyPart;
use crate::template::Template;

/// The answer of an agent: parts in the order in which the user sees them.
///
/// The channel sends the parts with as few messages as possible. A long text becomes several messages; a short text becomes the caption of
/// the media that follows, and a picture becomes the header of the question or the link that follows. `Debug` output contains no text.
///
/// ```
/// use waxwing_agent::{Location, Question, Reply};
///
/// let reply = Reply::markdown("Your **Funghi** is ready.")
///     .with_location(Location::new(40.4168, -3.7038).with_name("Sol"))
///     .with_question(Question::new("Anything else?").choice("yes", "Yes").choice("no", "No"));
/// assert_eq!(reply.parts().len(), 3);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    parts: Vec<ReplyPart>,
    handoff: Option<HumanHandoff>,
    quote: Option<String>,
    shows_link_preview: bool,
    sends_parked: bool,
}

impl Reply {
    /// Creates an empty reply. The user gets no message.
    pub fn none() -> Self {
        Self::default()
    }

    /// Creates a reply with a text that is sent without changes.
    pub fn text(text: impl Into<String>) -> Self {
        Self::none().with_text(text)
    }

    /// Creates a reply with a text in Markdown.
    pub fn markdown(markdown: impl Into<String>) -> Self {
        Self::none().with_markdown(markdown)
    }

    /// Creates a reply with media.
    pub fn media(media: Media) -> Self {
        Self::none().with_media(media)
    }

    /// Adds a text that is sent without changes.
    pub fn with_text(self, text: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Text(text.into()))
    }

    /// Adds a text in Markdown. The channel converts the Markdown to its own format.
    pub fn with_markdown(self, markdown: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Markdown(markdown.into()))
    }

    /// Adds an image, an audio, a video or a file.
    pub fn with_media(self, media: Media) -> Self {
        self.with_part(media)
    }

    /// Adds a question with choices.
    pub fn with_question(self, question: Question) -> Self {
        self.with_part(question)
    }

    /// Adds a button that opens a web page.
    pub fn with_link(self, link: Link) -> Self {
        self.with_part(link)
    }

    /// Adds a button that opens a form. The answer arrives as a message of a later turn.
    pub fn with_form(self, form: FormRequest) -> Self {
        self.with_part(form)
    }

    /// Adds a place on the map.
    pub fn with_location(self, location: Location) -> Self {
        self.with_part(location)
    }

    /// Adds a text, in Markdown, that asks the user for a location.
    pub fn with_location_request(self, text: impl Into<String>) -> Self {
        self.with_part(ReplyPart::LocationRequest(text.into()))
    }

    /// Adds a message that the channel has approved beforehand.
    pub fn with_template(self, template: Template) -> Self {
        self.with_part(template)
    }

    /// Adds a contact card.
    pub fn with_contact(self, contact: Contact) -> Self {
        self.with_part(contact)
    }

    /// Adds an emoji reaction to the user's message with this id. An empty emoji removes an earlier reaction.
    pub fn with_reaction(self, message: impl Into<String>, emoji: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Reaction { message: message.into(), emoji: emoji.into() })
    }

    /// Quotes the message with this id, such as the [id](crate::UserMessage::id) of a message of the user. The first message of the reply shows the
    /// quote.
    pub fn with_quote(mut self, message: impl Into<String>) -> Self {
        self.quote = Some(message.into());
        self
    }

    /// Shows a preview of the first link of each text.
    pub fn with_link_preview(mut self) -> Self {
        self.shows_link_preview = true;
        self
    }

    /// Sends the [parked](crate::Undelivered::is_parked) messages of the turn before this reply. They are given up without this call.
    pub fn with_parked_messages(mut self) -> Self {
        self.sends_parked = true;
        self
    }

    /// Adds a part.
    pub fn with_part(mut self, part: impl Into<ReplyPart>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Adds the parts of another reply. The handoff and the quote of the other reply, if it has them, replace those of this reply.
    pub fn with_reply(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self.handoff = other.handoff.or(self.handoff);
        self.quote = other.quote.or(self.quote);
        self.shows_link_preview |= other.shows_link_preview;
        self.sends_parked |= other.sends_parked;
        self
    }

    /// Changes the parts. Everything else stays.
    ///
    /// ```
    /// use waxwing_agent::{Reply, ReplyPart};
    ///
    /// let reply = Reply::text("Hi!").with_quote("wamid.1").map_parts(|mut parts| {
    ///     parts.insert(0, ReplyPart::Markdown("**Ana**".into()));
    ///     parts
    /// });
    /// assert_eq!(reply, Reply::markdown("**Ana**").with_text("Hi!").with_quote("wamid.1"));
    /// ```
    pub fn map_parts(mut self, change: impl FnOnce(Vec<ReplyPart>) -> Vec<ReplyPart>) -> Self {
        self.parts = change(self.parts);
        self
    }

    /// Removes each part that is identical to an earlier one.
    pub fn without_repeated_parts(self) -> Self {
        self.map_parts(|parts| {
            let mut unique: Vec<ReplyPart> = Vec::new();
            for part in parts {
                if !unique.contains(&part) {
                    unique.push(part);
                }
            }
            unique
        })
    }

    /// Hands the conversation over to an operator at the end of the turn. The user still gets the parts of the reply.
    pub fn with_handoff(mut self, handoff: HumanHandoff) -> Self {
        self.handoff = Some(handoff);
        self
    }

    /// Returns the handoff to an operator, if the reply has one.
    pub fn handoff(&self) -> Option<&HumanHandoff> {
        self.handoff.as_ref()
    }

    /// Returns the id of the message that the reply quotes.
    pub fn quote(&self) -> Option<&str> {
        self.quote.as_deref()
    }

    /// Returns whether texts show a preview of their first link.
    pub fn shows_link_preview(&self) -> bool {
        self.shows_link_preview
    }

    /// Returns whether the parked messages of the turn are sent.
    pub fn sends_parked(&self) -> bool {
        self.sends_parked
    }

    /// Returns the parts, in order.
    pub fn parts(&self) -> &[ReplyPart] {
        &self.parts
    }

    /// Converts the reply into its parts. Everything else is lost.
    pub fn into_parts(self) -> Vec<ReplyPart> {
        self.parts
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

macro_rules! reply_from {
    ($($kind:ident),*) => {
        $(
            impl From<$kind> for Reply {
                fn from(value: $kind) -> Self {
                    Self::none().with_part(value)
                }
            }
        )*
    };
}
reply_from!(Media, Question, Link, FormRequest, Location, Contact, Template);

impl FromIterator<ReplyPart> for Reply {
    fn from_iter<I: IntoIterator<Item = ReplyPart>>(parts: I) -> Self {
        Self { parts: parts.into_iter().collect(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_handoffs_counts() {
        let minute = HumanHandoff::for_duration(std::time::Duration::from_mins(1));
        let first = || Reply::text("a").with_handoff(HumanHandoff::until_resumed());
        assert_eq!(first().with_reply("b".into()).handoff(), Some(&HumanHandoff::until_resumed()));
        let both = first().with_reply(Reply::text("b").with_handoff(minute.clone()));
        assert_eq!(both.handoff(), Some(&minute));
        assert_eq!(both, Reply::text("a").with_text("b").with_handoff(minute));
    }

    #[test]
    fn the_later_of_two_quotes_counts() {
        let both = Reply::text("a").with_quote("wamid.A").with_reply(Reply::text("b"));
        assert_eq!((both.quote(), both.shows_link_preview()), (Some("wamid.A"), false));
        let both = both.with_reply(Reply::text("c").with_quote("wamid.B").with_link_preview());
        assert_eq!((both.quote(), both.shows_link_preview()), (Some("wamid.B"), true));
    }

    #[test]
    fn identical_parts_are_kept_once() {
        let reply = Reply::text("a").with_text("b").with_text("a").with_quote("wamid.A");
        assert_eq!(reply.without_repeated_parts(), Reply::text("a").with_text("b").with_quote("wamid.A"));
    }

    #[test]
    fn debug_output_has_no_text() {
        let shown = format!("{:?}", Reply::text("my secret").with_reaction("wamid.secret", "👍"));
        assert!(shown.contains("9 chars") && !shown.contains("secret"), "{shown}");
    }
}
