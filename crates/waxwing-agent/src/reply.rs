//! What an agent answers.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Contact, Location, Media, Question};

/// An answer: parts in the order in which the user should see them.
///
/// The parts are what the agent means, not what is sent: the channel cuts a long text, or puts a short one under the picture that follows.
///
/// ```
/// use waxwing_agent::{Link, Media, Reply};
///
/// let reply = Reply::markdown("Here is **today's menu**:")
///     .with_media(Media::image("image/png", vec![0x89, 0x50, 0x4e, 0x47]))
///     .with_link(Link::new("Order online", "Open the shop", "https://example.com/shop"));
/// assert_eq!(reply.parts().len(), 3);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    parts: Vec<ReplyPart>,
    handoff: Option<HumanHandoff>,
}

/// The conversation goes to a person of the business: the agent is not run until it is over. What the user writes meanwhile is kept, and is in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanHandoff {
    /// For how long, if nobody resumes it before; none for as long as it takes.
    pub duration: Option<Duration>,
}

impl HumanHandoff {
    /// Until somebody resumes it.
    pub const fn until_resumed() -> Self {
        Self { duration: None }
    }

    /// For so long at most.
    pub const fn for_duration(duration: Duration) -> Self {
        Self { duration: Some(duration) }
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ReplyPart {
    /// Words that are sent as they are.
    Text(String),
    /// Words in Markdown, rendered to what the channel shows.
    Markdown(String),
    /// A picture, a sound, a video or a file.
    Media(Media),
    /// A question with answers to choose from.
    Question(Question),
    /// Words with a button that opens a web page.
    Link(Link),
    /// A place.
    Location(Location),
    /// Words, in Markdown, that ask the user for a location. It comes as a message of a later turn, if it comes.
    LocationRequest(String),
    /// The card of a person or a business.
    Contact(Contact),
    /// A message that the channel has approved beforehand, where it has such.
    Template(Template),
    /// An emoji on a message of the user, where the channel has that. It says nothing that calls for an answer.
    Reaction {
        /// The [`id`](crate::UserMessage::id) of the message.
        message: String,
        /// One emoji; empty to take an earlier one back.
        emoji: String,
    },
}

/// A message that the channel has approved beforehand: its words are known there, and only what is put into them is given.
///
/// ```
/// use waxwing_agent::{Reply, Template};
///
/// // The template `order_ready` reads: "Hello {{1}}, your order {{2}} is ready."
/// let template = Template::new("order_ready", "en_US").value("Ana").value("B-1");
/// let reply = Reply::none().with_template(template);
/// assert_eq!(reply.parts().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// The code of its language, such as `en_US`.
    pub language: String,
    /// What is put into its words, place by place.
    pub values: Vec<String>,
}

/// Words with a button that opens a web page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The words, in Markdown.
    pub text: String,
    /// What stands on the button.
    pub label: String,
    /// The address of the page.
    pub url: String,
}

impl ReplyPart {
    /// What the part says in words alone: for a history, and for where nothing else can be shown. None for media and for a reaction that is taken
    /// back.
    pub fn plain_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) | Self::Markdown(text) | Self::LocationRequest(text) => Some(text.into()),
            Self::Question(question) => Some(question.plain_text().into()),
            Self::Link(link) => Some(link.plain_text().into()),
            Self::Location(location) => Some(location.to_string().into()),
            Self::Contact(contact) => Some(contact.to_string().into()),
            Self::Template(template) => Some(template.plain_text().into()),
            Self::Reaction { emoji, .. } if !emoji.is_empty() => Some(emoji.into()),
            Self::Reaction { .. } | Self::Media(_) => None,
        }
    }
}

impl Template {
    /// The template of this name in this language, with nothing put into it.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), values: Vec::new() }
    }

    /// Puts something into the next place of its words.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// What can be said of it in words, as its own are not known here.
    pub fn plain_text(&self) -> String {
        let values = if self.values.is_empty() { String::new() } else { format!(": {}", self.values.join(", ")) };
        format!("[{}{values}]", self.name)
    }
}

impl Link {
    /// Words with a button, labelled so, that opens a web page.
    pub fn new(text: impl Into<String>, label: impl Into<String>, url: impl Into<String>) -> Self {
        Self { text: text.into(), label: label.into(), url: url.into() }
    }

    /// The same in words alone.
    pub fn plain_text(&self) -> String {
        let Self { text, label, url } = self;
        let line = if label.trim().is_empty() { url.clone() } else { format!("{label}: {url}") };
        if text.trim().is_empty() { line } else { format!("{}\n\n{line}", text.trim_end()) }
    }
}

impl Reply {
    /// No answer at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Words that are sent as they are.
    pub fn text(text: impl Into<String>) -> Self {
        Self::none().with_text(text)
    }

    /// Words in Markdown, rendered to what the channel shows.
    pub fn markdown(markdown: impl Into<String>) -> Self {
        Self::none().with_markdown(markdown)
    }

    /// A picture, a sound, a video or a file.
    pub fn media(media: Media) -> Self {
        Self::none().with_media(media)
    }

    /// Adds words that are sent as they are.
    pub fn with_text(self, text: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Text(text.into()))
    }

    /// Adds words in Markdown.
    pub fn with_markdown(self, markdown: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Markdown(markdown.into()))
    }

    /// Adds a medium.
    pub fn with_media(self, media: Media) -> Self {
        self.with_part(ReplyPart::Media(media))
    }

    /// Adds a question with answers to choose from.
    pub fn with_question(self, question: Question) -> Self {
        self.with_part(ReplyPart::Question(question))
    }

    /// Adds words with a button that opens a web page.
    pub fn with_link(self, link: Link) -> Self {
        self.with_part(ReplyPart::Link(link))
    }

    /// Adds a place.
    pub fn with_location(self, location: Location) -> Self {
        self.with_part(ReplyPart::Location(location))
    }

    /// Adds words, in Markdown, that ask the user for a location.
    pub fn with_location_request(self, text: impl Into<String>) -> Self {
        self.with_part(ReplyPart::LocationRequest(text.into()))
    }

    /// Adds a message that the channel has approved beforehand.
    pub fn with_template(self, template: Template) -> Self {
        self.with_part(template)
    }

    /// Adds the card of a person or a business.
    pub fn with_contact(self, contact: Contact) -> Self {
        self.with_part(ReplyPart::Contact(contact))
    }

    /// Puts an emoji on the message of the user with this id.
    pub fn with_reaction(self, message: impl Into<String>, emoji: impl Into<String>) -> Self {
        self.with_part(ReplyPart::Reaction { message: message.into(), emoji: emoji.into() })
    }

    /// Hands the conversation over to a person when the turn has ended. The parts still reach the user.
    pub fn with_handoff(mut self, handoff: HumanHandoff) -> Self {
        self.handoff = Some(handoff);
        self
    }

    /// The hand-over to a person, if there is to be one.
    pub fn handoff(&self) -> Option<&HumanHandoff> {
        self.handoff.as_ref()
    }

    /// Adds the parts of another reply behind those of this one, and its hand-over if it has one.
    pub fn with_reply(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self.handoff = other.handoff.or(self.handoff);
        self
    }

    /// Adds a part.
    pub fn with_part(mut self, part: impl Into<ReplyPart>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[ReplyPart] {
        &self.parts
    }

    /// Gives the parts away.
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

macro_rules! part_from {
    ($($kind:ident),*) => {
        $(
            impl From<$kind> for ReplyPart {
                fn from(value: $kind) -> Self {
                    Self::$kind(value)
                }
            }

            impl From<$kind> for Reply {
                fn from(value: $kind) -> Self {
                    Self::none().with_part(value)
                }
            }
        )*
    };
}
part_from!(Media, Question, Link, Location, Contact, Template);

impl FromIterator<ReplyPart> for Reply {
    fn from_iter<I: IntoIterator<Item = ReplyPart>>(parts: I) -> Self {
        Self { parts: parts.into_iter().collect(), handoff: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_but_a_medium_can_be_said_in_words() {
        #[track_caller]
        fn check(part: impl Into<ReplyPart>, expected: Option<&str>) {
            assert_eq!(part.into().plain_text().as_deref(), expected);
        }
        check(Question::new("Tea?").choice("y", "Yes"), Some("Tea?\n\n1. Yes"));
        check(Link::new("The menu.\n", "Open", "https://x"), Some("The menu.\n\nOpen: https://x"));
        check(Link::new(" ", "", "https://x"), Some("https://x"));
        check(Location::new(1.5, 2.5), Some("1.5, 2.5"));
        check(Contact::new("Bea"), Some("Bea"));
        check(Template::new("hello", "en"), Some("[hello]"));
        check(Template::new("order", "en").value("17").value("Monday"), Some("[order: 17, Monday]"));
        check(ReplyPart::LocationRequest("Where?".into()), Some("Where?"));
        check(ReplyPart::Reaction { message: "1".into(), emoji: "👍".into() }, Some("👍"));
        check(ReplyPart::Reaction { message: "1".into(), emoji: String::new() }, None);
        check(Media::image("image/png", vec![1]), None);
    }
}
