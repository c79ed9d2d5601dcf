//! What an agent answers.

use crate::Media;

/// An answer: parts in the order in which the user should see them.
///
/// The parts are what the agent means, not what is sent: the channel cuts a long text, or puts a short one under the picture that follows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    parts: Vec<Part>,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// Words that are sent as they are.
    Text(String),
    /// Words in Markdown, rendered to what the channel shows.
    Markdown(String),
    /// A picture, a sound, a video or a file.
    Media(Media),
}

impl Reply {
    /// No answer at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Words that are sent as they are.
    pub fn text(text: impl Into<String>) -> Self {
        Self::none().and_text(text)
    }

    /// Words in Markdown, rendered to what the channel shows.
    pub fn markdown(markdown: impl Into<String>) -> Self {
        Self::none().and_markdown(markdown)
    }

    /// A picture, a sound, a video or a file.
    pub fn media(media: Media) -> Self {
        Self::none().and_media(media)
    }

    /// Adds words that are sent as they are.
    pub fn and_text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Adds words in Markdown.
    pub fn and_markdown(mut self, markdown: impl Into<String>) -> Self {
        self.parts.push(Part::Markdown(markdown.into()));
        self
    }

    /// Adds a medium.
    pub fn and_media(mut self, media: Media) -> Self {
        self.parts.push(Part::Media(media));
        self
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Gives the parts away.
    pub fn into_parts(self) -> Vec<Part> {
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

impl From<Media> for Reply {
    fn from(media: Media) -> Self {
        Self::media(media)
    }
}

impl FromIterator<Part> for Reply {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self { parts: parts.into_iter().collect() }
    }
}
