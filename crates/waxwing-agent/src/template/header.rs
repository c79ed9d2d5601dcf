//! Header of a template.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::location::Location;
use crate::media::Media;
use crate::redacted::Redacted;

/// Value for the header of a template. `Debug` output does not contain the value.
///
/// ```
/// use waxwing_agent::{Media, TemplateHeader};
///
/// let header = TemplateHeader::from(Media::image("image/png", vec![1, 2, 3]));
/// assert_eq!(header.media().map(Media::len), Some(3));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateHeader<M = Media> {
    /// Text for the placeholder of the header.
    Text(String),
    /// Text for the placeholder of the header, if the placeholder has a name.
    NamedText {
        /// Name of the placeholder.
        name: String,
        /// Text.
        text: String,
    },
    /// Image, video or document.
    Media(M),
    /// Place on the map.
    Location(Location),
}

impl<M> TemplateHeader<M> {
    /// Returns the header with its medium, if it has one, in another form.
    ///
    /// # Errors
    ///
    /// Returns the error of `convert`.
    pub fn try_with_media<N, E>(self, convert: impl FnOnce(M) -> Result<N, E>) -> Result<TemplateHeader<N>, E> {
        Ok(match self {
            Self::Text(text) => TemplateHeader::Text(text),
            Self::NamedText { name, text } => TemplateHeader::NamedText { name, text },
            Self::Media(media) => TemplateHeader::Media(convert(media)?),
            Self::Location(location) => TemplateHeader::Location(location),
        })
    }

    /// Returns the medium, if the header is one.
    pub fn media(&self) -> Option<&M> {
        match self {
            Self::Media(media) => Some(media),
            _ => None,
        }
    }

    /// Returns the text, if the header is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::NamedText { text, .. } => Some(text),
            Self::Media(_) | Self::Location(_) => None,
        }
    }
}

impl From<Media> for TemplateHeader {
    fn from(media: Media) -> Self {
        Self::Media(media)
    }
}

impl From<Location> for TemplateHeader {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}

impl From<&str> for TemplateHeader {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for TemplateHeader {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<M: fmt::Debug> fmt::Debug for TemplateHeader<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::NamedText { text, .. } => f.debug_tuple("Text").field(&Redacted(text)).finish(),
            Self::Media(media) => media.fmt(f),
            Self::Location(location) => location.fmt(f),
        }
    }
}
