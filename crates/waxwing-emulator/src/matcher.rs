//! Matchers for the messages that a test expects.
//!
//! ```
//! use waxwing_emulator::matcher::{buttons, image, text};
//!
//! let wanted = text().containing("your order").quoting("wamid.1");
//! assert_eq!(wanted.to_string(), r#"a text that contains "your order" and quotes wamid.1"#);
//! let others = [image().captioned("my cat"), buttons(["Yes", "No"]).saying("Tea?")];
//! ```

use std::fmt;

use crate::message::{ChatContent, ChatMessage, ChoiceKind, MediaKind};

/// Description of an expected message, for [`User::expect`](crate::User::expect). A string converts into a matcher for the same text.
#[must_use]
pub struct Matcher {
    /// Kind of message, such as "a text".
    kind: String,
    conditions: Vec<Condition>,
}

/// Condition on a message.
struct Condition {
    /// Description that follows "that". `None` for the condition on the kind of message.
    description: Option<String>,
    holds: Box<dyn Fn(&ChatMessage) -> bool + Send + Sync>,
}

/// Matches any message.
pub fn any() -> Matcher {
    Matcher { kind: "a message".to_owned(), conditions: Vec::new() }
}

/// Matches a text message.
pub fn text() -> Matcher {
    Matcher::new("a text", |message| matches!(message.content, ChatContent::Text(_)))
}

/// Matches an image.
pub fn image() -> Matcher {
    media(MediaKind::Image)
}

/// Matches a video.
pub fn video() -> Matcher {
    media(MediaKind::Video)
}

/// Matches an audio message, including voice notes.
pub fn audio() -> Matcher {
    media(MediaKind::Audio)
}

/// Matches a voice note.
pub fn voice_note() -> Matcher {
    Matcher::new("a voice note", |message| message.media().is_some_and(|media| media.voice))
}

/// Matches a document.
pub fn document() -> Matcher {
    media(MediaKind::Document)
}

/// Matches a sticker.
pub fn sticker() -> Matcher {
    media(MediaKind::Sticker)
}

/// Matches a media message of this kind.
pub fn media(kind: MediaKind) -> Matcher {
    let name = match kind {
        MediaKind::Image => "an image",
        MediaKind::Video => "a video",
        MediaKind::Audio => "an audio",
        MediaKind::Document => "a document",
        MediaKind::Sticker => "a sticker",
    };
    Matcher::new(name, move |message| message.media().is_some_and(|media| media.kind == kind))
}

/// Matches a message with exactly these reply buttons, in this order.
pub fn buttons<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Matcher {
    choices("the buttons", ChoiceKind::Button, titles)
}

/// Matches a list with exactly these rows, in this order, over all sections.
pub fn list<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Matcher {
    choices("a list of", ChoiceKind::Row, titles)
}

/// Matches a template message by the name of the template.
pub fn template(name: &str) -> Matcher {
    let (kind, name) = (format!("the template {name}"), name.to_owned());
    Matcher::new(
        kind,
        move |message| matches!(&message.content, ChatContent::Template(template) if template.name == name),
    )
}

/// Matches a reaction of the business to a message. An empty `emoji` matches the removal of a reaction.
pub fn reaction(to: impl AsRef<str>, emoji: &str) -> Matcher {
    let (to, emoji) = (to.as_ref().to_owned(), emoji.to_owned());
    Matcher::new(format!("the reaction {emoji:?} to {to}"), move |message| {
        matches!(&message.content, ChatContent::Other { kind, body }
            if kind == "reaction" && body["message_id"] == *to && body["emoji"] == *emoji)
    })
}

/// Matches a message by Meta's name of its type, such as `location` or `contacts`.
pub fn other(kind: &str) -> Matcher {
    let (description, wanted) = (format!("a message of type {kind}"), kind.to_owned());
    Matcher::new(description, move |message| message.content.kind() == wanted)
}

fn choices<T: Into<String>>(description: &str, kind: ChoiceKind, titles: impl IntoIterator<Item = T>) -> Matcher {
    let titles: Vec<String> = titles.into_iter().map(Into::into).collect();
    Matcher::new(format!("{description} {}", titles.join(" | ")), move |message| {
        let choices = message.choices();
        choices.iter().map(|choice| (&choice.title, choice.kind)).eq(titles.iter().map(|title| (title, kind)))
    })
}

impl Matcher {
    fn new(kind: impl Into<String>, holds: impl Fn(&ChatMessage) -> bool + Send + Sync + 'static) -> Self {
        Self { kind: kind.into(), conditions: vec![Condition { description: None, holds: Box::new(holds) }] }
    }

    /// Requires this text: the text, caption or body of the message.
    pub fn saying(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.that(format!("says {text:?}"), move |message| message.text() == Some(&text))
    }

    /// Requires that the text, caption or body contains `part`.
    pub fn containing(self, part: impl Into<String>) -> Self {
        let part = part.into();
        self.that(format!("contains {part:?}"), move |message| message.text().is_some_and(|text| text.contains(&part)))
    }

    /// Requires that the text, caption or body starts with `start`.
    pub fn starting_with(self, start: impl Into<String>) -> Self {
        let start = start.into();
        let description = format!("starts with {start:?}");
        self.that(description, move |message| message.text().is_some_and(|text| text.starts_with(&start)))
    }

    /// Requires this caption.
    pub fn captioned(self, caption: impl Into<String>) -> Self {
        let caption = caption.into();
        let description = format!("has the caption {caption:?}");
        self.that(description, move |message| {
            message.media().is_some_and(|media| media.caption.as_ref() == Some(&caption))
        })
    }

    /// Requires this file name.
    pub fn named(self, filename: impl Into<String>) -> Self {
        let filename = filename.into();
        let description = format!("has the name {filename:?}");
        self.that(description, move |message| {
            message.media().is_some_and(|media| media.filename.as_ref() == Some(&filename))
        })
    }

    /// Requires that the message quotes this message.
    pub fn quoting(self, message: impl AsRef<str>) -> Self {
        let id = message.as_ref().to_owned();
        self.that(format!("quotes {id}"), move |message| message.reply_to.as_ref() == Some(&id))
    }

    /// Requires that the message quotes no message.
    pub fn quoting_nothing(self) -> Self {
        self.that("quotes nothing", |message| message.reply_to.is_none())
    }

    /// Requires a choice with this title: a button, a list row or a quick reply.
    pub fn offering(self, title: impl Into<String>) -> Self {
        let title = title.into();
        let description = format!("offers {title:?}");
        self.that(description, move |message| message.choices().iter().any(|choice| choice.title == title))
    }

    /// Requires a custom condition. `description` completes "a message that …".
    ///
    /// ```
    /// use waxwing_emulator::matcher::text;
    ///
    /// let short = text().that("is short", |message| message.text().is_some_and(|text| text.len() < 80));
    /// ```
    pub fn that(
        mut self,
        description: impl Into<String>,
        holds: impl Fn(&ChatMessage) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.conditions.push(Condition { description: Some(description.into()), holds: Box::new(holds) });
        self
    }

    pub(crate) fn matches(&self, message: &ChatMessage) -> bool {
        self.conditions.iter().all(|condition| (condition.holds)(message))
    }
}

impl From<&str> for Matcher {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Matcher {
    fn from(text: String) -> Self {
        let kind = format!("the text {text:?}");
        Self::new(kind, move |message| matches!(&message.content, ChatContent::Text(got) if *got == text))
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        let descriptions = self.conditions.iter().filter_map(|condition| condition.description.as_ref());
        for (nth, description) in descriptions.enumerate() {
            write!(f, " {} {description}", if nth == 0 { "that" } else { "and" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher({self})")
    }
}
