//! Message of a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::{WireChoice, WireContact, WireLocation, WireMediaKind};
use super::debug_without_content;
use super::message_content::WireMessageContent;
use super::product::WireProduct;
use super::quoted::WireQuoted;
use super::user::WireUser;

/// Message of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Message")]
#[non_exhaustive]
pub struct WireMessage {
    /// Id of the message, for reactions and quotes.
    pub id: String,
    /// Sender of the message. In a group, senders differ.
    pub sender: WireUser,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub sent_at: u64,
    /// Text, caption of the media, or label of the tapped choice. Empty if the message has none of them.
    pub text: String,
    /// Choice that the user tapped. The question may have been asked at any earlier time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<WireChoice>,
    /// Location that the user shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<WireLocation>,
    /// Contact cards that the user shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<WireContact>,
    /// Content with a form of its own, such as an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<WireMessageContent>,
    /// How often the message was forwarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<WireForwarded>,
    /// Ad or post from which the user came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad: Option<WireAd>,
    /// Product of the catalog that the user asks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<WireProduct>,
    /// Media that the user sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<WireMedia>,
    /// Reason why the media of the message is not available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_problem: Option<String>,
    /// Id of the message that this message quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// Message that this message quotes, answers with a tap, or reacts to. Absent if Waxwing does not keep the message any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<WireQuoted>,
    /// Age of the message in seconds, if the message is stale.
    #[serde(rename = "late", default, skip_serializing_if = "Option::is_none")]
    pub stale_age: Option<u64>,
}

/// Media of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Media")]
#[non_exhaustive]
pub struct WireMedia {
    /// Kind of media, as the user sees it.
    pub kind: WireMediaKind,
    /// MIME type that the sender stated.
    pub mime_type: String,
    /// File name that the sender stated. The name is untrusted: do not use it as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// True if a sticker is animated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
    /// Size in bytes.
    pub size: u64,
    /// Bytes, as base64. Absent if the media of the turn exceed the size that Waxwing is set to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// How often a message was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Forwarded")]
pub enum WireForwarded {
    /// At least once.
    Once,
    /// Many times.
    Often,
}

/// Ad or post that opened the chat in which a user wrote.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Ad")]
#[non_exhaustive]
pub struct WireAd {
    /// `ad` or `post`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    /// Meta's id of the ad or post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Address of the ad or post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `image` or `video`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Address of the image or video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// Address of a small image of the video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// Meta's id of the click, for conversion reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    /// Text with which the chat greeted the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome_message: Option<String>,
}

debug_without_content! {
    WireMessage { sent_at, media, stale_age }
    WireMedia { kind, mime_type, size }
    WireAd {}
}
