//! Origin of a message: forwarded, from an ad, or about a product.

use std::fmt;

use crate::message_content::Product;
use crate::redacted::debug_without_fields;

/// Origin of a message. The fields are `None` for most messages. `Debug` output shows which fields are present.
///
/// ```
/// use waxwing_agent::{Forwarded, UserMessage};
///
/// let mut message = UserMessage::text("Free pizza!");
/// message.context.forwarded = Some(Forwarded::Often);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageContext {
    /// Whether the user forwarded the message.
    pub forwarded: Option<Forwarded>,
    /// Ad or post from which the user came.
    pub ad: Option<Ad>,
    /// Product of the catalog that the user asks about.
    pub product: Option<Product>,
}

/// How often a message was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forwarded {
    /// At least once.
    Once,
    /// Many times.
    Often,
}

impl Forwarded {
    /// Returns the word for the value: `once` or `often`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Often => "often",
        }
    }
}

/// Ad or post that opened the chat in which a user wrote. `Debug` output contains none of it.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ad {
    /// `ad` or `post`.
    pub source_type: Option<String>,
    /// Id of the ad or post at the channel.
    pub source_id: Option<String>,
    /// Address of the ad or post.
    pub source_url: Option<String>,
    /// Headline.
    pub headline: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// `image` or `video`.
    pub media_type: Option<String>,
    /// Address of the image or video.
    pub media_url: Option<String>,
    /// Address of a small image of the video.
    pub thumbnail_url: Option<String>,
    /// Id of the click, for reports to the channel.
    pub click_id: Option<String>,
    /// Text with which the chat greeted the user.
    pub welcome_message: Option<String>,
}

impl fmt::Debug for MessageContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { forwarded, ad, product } = self;
        f.debug_struct("MessageContext")
            .field("forwarded", forwarded)
            .field("ad", &ad.is_some())
            .field("product", &product.is_some())
            .finish()
    }
}

debug_without_fields!(Ad);
