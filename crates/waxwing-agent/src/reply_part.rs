//! Part of a message of the business.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::form_request::FormRequest;
use crate::link::Link;
use crate::location::Location;
use crate::media::Media;
use crate::question::Question;
use crate::redacted::Redacted;
use crate::template::Template;

/// A part of a reply.
pub type ReplyPart = MessagePart<Media>;

/// A part of a message that the business sends, with media of the type `M`.
///
/// The serialized form is stored for years, so fields and variants are added and never changed. `Debug` output contains no text.
///
/// ```
/// use waxwing_agent::{Question, ReplyPart};
///
/// let part = ReplyPart::from(Question::new("Which size?").choice("s", "Small").choice("l", "Large"));
/// assert_eq!(part.plain_text().as_deref(), Some("Which size?\n\n1. Small\n2. Large"));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessagePart<M> {
    /// Text that is sent without changes.
    Text(String),
    /// Text in Markdown. The channel converts the Markdown to its own format.
    Markdown(String),
    /// Image, audio, video or file.
    Media(M),
    /// Question with choices.
    Question(Question),
    /// Button that opens a web page.
    Link(Link),
    /// Button that opens a form. The answer arrives as a message of a later turn.
    Form(FormRequest),
    /// Place on the map.
    Location(Location),
    /// Text in Markdown that asks the user for a location. The location arrives as a message of a later turn.
    LocationRequest(String),
    /// Contact card.
    Contact(Contact),
    /// Message that the channel has approved beforehand. Channels without templates send the name and the values as text.
    Template(Template<M>),
    /// Emoji reaction to a message of the user.
    Reaction {
        /// [Id](crate::UserMessage::id) of the message.
        message: String,
        /// One emoji. An empty text removes an earlier reaction.
        emoji: String,
    },
}

impl<M> MessagePart<M> {
    /// Returns the part with its media, if it is media or a template with a medium, in another form.
    ///
    /// # Errors
    ///
    /// Returns the error of `convert`.
    pub fn try_with_media<N, E>(self, convert: impl FnOnce(M) -> Result<N, E>) -> Result<MessagePart<N>, E> {
        Ok(match self {
            Self::Text(text) => MessagePart::Text(text),
            Self::Markdown(text) => MessagePart::Markdown(text),
            Self::Media(media) => MessagePart::Media(convert(media)?),
            Self::Question(question) => MessagePart::Question(question),
            Self::Link(link) => MessagePart::Link(link),
            Self::Form(form) => MessagePart::Form(form),
            Self::Location(location) => MessagePart::Location(location),
            Self::LocationRequest(text) => MessagePart::LocationRequest(text),
            Self::Contact(contact) => MessagePart::Contact(contact),
            Self::Template(template) => MessagePart::Template(template.try_with_media(convert)?),
            Self::Reaction { message, emoji } => MessagePart::Reaction { message, emoji },
        })
    }

    /// Returns the media, if the part is media, or the medium in the header of a template.
    pub fn media(&self) -> Option<&M> {
        match self {
            Self::Media(media) => Some(media),
            Self::Template(template) => template.media(),
            _ => None,
        }
    }

    /// Returns the part as plain text, for the history and for channels that cannot show the part. Media and removed reactions have no
    /// text.
    pub fn plain_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) | Self::Markdown(text) | Self::LocationRequest(text) => Some(text.into()),
            Self::Question(question) => Some(question.plain_text().into()),
            Self::Link(link) => Some(link.plain_text().into()),
            Self::Form(form) => Some(form.plain_text().into()),
            Self::Location(location) => Some(location.to_string().into()),
            Self::Contact(contact) => Some(contact.to_string().into()),
            Self::Template(template) => Some(template.plain_text().into()),
            Self::Reaction { emoji, .. } if !emoji.is_empty() => Some(emoji.into()),
            Self::Reaction { .. } | Self::Media(_) => None,
        }
    }
}

impl<M: fmt::Debug> fmt::Debug for MessagePart<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&Redacted(text)).finish(),
            Self::Markdown(text) => f.debug_tuple("Markdown").field(&Redacted(text)).finish(),
            Self::LocationRequest(text) => f.debug_tuple("LocationRequest").field(&Redacted(text)).finish(),
            Self::Media(media) => fmt::Debug::fmt(media, f),
            Self::Question(question) => fmt::Debug::fmt(question, f),
            Self::Link(link) => fmt::Debug::fmt(link, f),
            Self::Form(form) => fmt::Debug::fmt(form, f),
            Self::Location(location) => fmt::Debug::fmt(location, f),
            Self::Contact(contact) => fmt::Debug::fmt(contact, f),
            Self::Template(template) => fmt::Debug::fmt(template, f),
            Self::Reaction { .. } => f.debug_struct("Reaction").finish_non_exhaustive(),
        }
    }
}

impl From<FormRequest> for ReplyPart {
    fn from(form: FormRequest) -> Self {
        Self::Form(form)
    }
}

macro_rules! part_from {
    ($($kind:ident),*) => {
        $(
            impl From<$kind> for ReplyPart {
                fn from(value: $kind) -> Self {
                    Self::$kind(value)
                }
            }
        )*
    };
}
part_from!(Media, Question, Link, Location, Contact, Template);

#[cfg(test)]
mod tests {
    use super::*;

    fn reaction(emoji: &str) -> ReplyPart {
        ReplyPart::Reaction { message: "wamid.secret".into(), emoji: emoji.into() }
    }

    #[test]
    fn every_part_but_media_has_a_plain_text() {
        #[track_caller]
        fn check(part: impl Into<ReplyPart>, expected: Option<&str>) {
            assert_eq!(part.into().plain_text().as_deref(), expected);
        }
        check(Question::new("Tea?").choice("y", "Yes"), Some("Tea?\n\n1. Yes"));
        let menu = Link::new("https://x").with_label("Open");
        check(menu.with_text("The menu.\n"), Some("The menu.\n\nOpen: https://x"));
        check(Link::new("https://x").with_text(" "), Some("https://x"));
        check(FormRequest::flow_id("7").with_text("When?\n").with_label("Book"), Some("When?\n\n[Book]"));
        check(Location::new(1.5, 2.5), Some("1.5, 2.5"));
        check(Contact::new("Bea"), Some("Bea"));
        check(Template::new("hello", "en"), Some("[hello]"));
        check(Template::new("order", "en").with_value("17").with_value("Monday"), Some("[order: 17, Monday]"));
        check(ReplyPart::LocationRequest("Where?".into()), Some("Where?"));
        check(reaction("👍"), Some("👍"));
        check(reaction(""), None);
        check(Media::image("image/png", vec![1]), None);
    }

    #[test]
    fn debug_output_has_no_text() {
        let parts = [
            ReplyPart::Text("my secret".into()),
            ReplyPart::Markdown("my secret".into()),
            ReplyPart::LocationRequest("my secret".into()),
            Question::new("my secret").into(),
            Link::new("https://secret.example/").into(),
            FormRequest::flow_id("7").with_text("my secret").into(),
            Location::new(1.5, 2.5).with_name("secret").into(),
            Contact::new("secret").into(),
            Template::new("hello", "en").with_value("secret").into(),
            Media::document("secret.txt", "text/plain", &b"secret"[..]).into(),
            reaction("👍"),
        ];
        assert!(!format!("{parts:?}").contains("secret"), "{parts:?}");
    }
}
