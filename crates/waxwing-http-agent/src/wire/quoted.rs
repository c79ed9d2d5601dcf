//! Earlier message that a message refers to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::WireMediaKind;
use super::debug_without_content;
use super::role::WireRole;
use super::user::WireUser;

/// Earlier message that a user quotes, answers with a tap, or reacts to.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Quoted")]
#[non_exhaustive]
pub struct WireQuoted {
    /// Author of the message.
    pub role: WireRole,
    /// Sender of a message of a user. In a group, senders differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<WireUser>,
    /// Text of the message, at most 4 KiB. Empty for media without a caption. A template has the values of its placeholders.
    pub text: String,
    /// Labels of the buttons or rows that the message offered, at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Name of the template, if the message was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Media of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<WireQuotedMedia>,
}

/// Media of a quoted message.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QuotedMedia")]
#[non_exhaustive]
pub struct WireQuotedMedia {
    /// Kind of media, as the user sees it.
    pub kind: WireMediaKind,
    /// MIME type, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// File name. The name is untrusted: do not use it as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Bytes, as base64. Absent if Waxwing does not have them any more, or if the media of the turn exceed the size that Waxwing is set to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

debug_without_content! {
    WireQuoted { role }
    WireQuotedMedia { kind }
}
