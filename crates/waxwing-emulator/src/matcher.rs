//! What a message should be.
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

/// A description of a message, to be given to [`User::expect`](crate::User::expect). A string describes a text that is exactly this.
#[must_use]
pub struct Matcher {
    /// What it is, such as "a text".
    what: String,
    checks: Vec<Check>,
}

/// One property.
struct Check {
    /// In words that follow "that"; none if it is what the matcher begins with.
    wanted: Option<String>,
    holds: Box<dyn Fn(&ChatMessage) -> bool + Send + Sync>,
}

/// Any message.
pub fn any() -> Matcher {
    Matcher { what: "a message".to_owned(), checks: Vec::new() }
}

/// A text.
pub fn text() -> Matcher {
    Matcher::new("a text", |message| matches!(message.content, ChatContent::Text(_)))
}

/// A picture.
pub fn image() -> Matcher {
    media(MediaKind::Image)
}

/// A video.
pub fn video() -> Matcher {
    media(MediaKind::Video)
}

/// A sound, voice notes included.
pub fn audio() -> Matcher {
    media(MediaKind::Audio)
}

/// A sound that is shown as a voice note.
pub fn voice_note() -> Matcher {
    Matcher::new("a voice note", |message| message.media().is_some_and(|media| media.voice))
}

/// A file.
pub fn document() -> Matcher {
    media(MediaKind::Document)
}

/// A sticker.
pub fn sticker() -> Matcher {
    media(MediaKind::Sticker)
}

/// A medium of this kind.
pub fn media(kind: MediaKind) -> Matcher {
    let what = match kind {
        MediaKind::Image => "an image",
        MediaKind::Video => "a video",
        MediaKind::Audio => "an audio",
        MediaKind::Document => "a document",
        MediaKind::Sticker => "a sticker",
    };
    Matcher::new(what, move |message| message.media().is_some_and(|media| media.kind == kind))
}

/// A message with exactly these reply buttons.
pub fn buttons<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Matcher {
    offering("the buttons", ChoiceKind::Button, titles)
}

/// A list with exactly these rows, in all sections together.
pub fn list<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Matcher {
    offering("a list of", ChoiceKind::Row, titles)
}

/// A template of this name.
pub fn template(name: &str) -> Matcher {
    let (what, name) = (format!("the template {name}"), name.to_owned());
    Matcher::new(
        what,
        move |message| matches!(&message.content, ChatContent::Template(template) if template.name == name),
    )
}

/// A reaction of the business to a message; an empty `emoji` takes one back.
pub fn reaction(to: impl AsRef<str>, emoji: &str) -> Matcher {
    let (to, emoji) = (to.as_ref().to_owned(), emoji.to_owned());
    Matcher::new(format!("the reaction {emoji:?} to {to}"), move |message| {
        matches!(&message.content, ChatContent::Other { kind, body }
            if kind == "reaction" && body["message_id"] == *to && body["emoji"] == *emoji)
    })
}

/// A message of any other type, by Meta's name for it, such as `location` or `contacts`.
pub fn other(kind: &str) -> Matcher {
    let (what, wanted) = (format!("a message of type {kind}"), kind.to_owned());
    Matcher::new(what, move |message| message.content.kind() == wanted)
}

fn offering<T: Into<String>>(what: &str, kind: ChoiceKind, titles: impl IntoIterator<Item = T>) -> Matcher {
    let titles: Vec<String> = titles.into_iter().map(Into::into).collect();
    Matcher::new(format!("{what} {}", titles.join(" | ")), move |message| {
        let choices = message.choices();
        choices.iter().map(|choice| (&choice.title, choice.kind)).eq(titles.iter().map(|title| (title, kind)))
    })
}

impl Matcher {
    fn new(what: impl Into<String>, holds: impl Fn(&ChatMessage) -> bool + Send + Sync + 'static) -> Self {
        Self { what: what.into(), checks: vec![Check { wanted: None, holds: Box::new(holds) }] }
    }

    /// The text, caption or body is exactly this.
    pub fn saying(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.that(format!("says {text:?}"), move |message| message.text() == Some(&text))
    }

    /// The text, caption or body contains this.
    pub fn containing(self, part: impl Into<String>) -> Self {
        let part = part.into();
        self.that(format!("contains {part:?}"), move |message| message.text().is_some_and(|text| text.contains(&part)))
    }

    /// The text, caption or body starts with this.
    pub fn starting_with(self, start: impl Into<String>) -> Self {
        let start = start.into();
        let wanted = format!("starts with {start:?}");
        self.that(wanted, move |message| message.text().is_some_and(|text| text.starts_with(&start)))
    }

    /// A medium with exactly this caption.
    pub fn captioned(self, caption: impl Into<String>) -> Self {
        let caption = caption.into();
        let wanted = format!("has the caption {caption:?}");
        self.that(wanted, move |message| message.media().is_some_and(|media| media.caption.as_ref() == Some(&caption)))
    }

    /// A file of this name.
    pub fn named(self, filename: impl Into<String>) -> Self {
        let filename = filename.into();
        let wanted = format!("has the name {filename:?}");
        self.that(wanted, move |message| {
            message.media().is_some_and(|media| media.filename.as_ref() == Some(&filename))
        })
    }

    /// A reply to this message.
    pub fn quoting(self, message: impl AsRef<str>) -> Self {
        let id = message.as_ref().to_owned();
        self.that(format!("quotes {id}"), move |message| message.reply_to.as_ref() == Some(&id))
    }

    /// A message that quotes none.
    pub fn quoting_nothing(self) -> Self {
        self.that("quotes nothing", |message| message.reply_to.is_none())
    }

    /// Something with this title can be tapped in it.
    pub fn offering(self, title: impl Into<String>) -> Self {
        let title = title.into();
        let wanted = format!("offers {title:?}");
        self.that(wanted, move |message| message.choices().iter().any(|choice| choice.title == title))
    }

    /// Anything else; `wanted` says it in words that follow "that".
    ///
    /// ```
    /// use waxwing_emulator::matcher::text;
    ///
    /// let short = text().that("is short", |message| message.text().is_some_and(|text| text.len() < 80));
    /// ```
    pub fn that(
        mut self,
        wanted: impl Into<String>,
        holds: impl Fn(&ChatMessage) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Check { wanted: Some(wanted.into()), holds: Box::new(holds) });
        self
    }

    pub(crate) fn fits(&self, message: &ChatMessage) -> bool {
        self.checks.iter().all(|check| (check.holds)(message))
    }
}

impl From<&str> for Matcher {
    fn from(exactly: &str) -> Self {
        exactly.to_owned().into()
    }
}

impl From<String> for Matcher {
    fn from(exactly: String) -> Self {
        let what = format!("the text {exactly:?}");
        Self::new(what, move |message| matches!(&message.content, ChatContent::Text(text) if *text == exactly))
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let wanted = self.checks.iter().filter_map(|check| check.wanted.as_ref());
        for (nth, wanted) in wanted.enumerate() {
            write!(f, " {} {wanted}", if nth == 0 { "that" } else { "and" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher({self})")
    }
}
