//! Parts of an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{WireChoice, WireContact, WireLocation};

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "Part")]
pub enum WirePart {
    /// Words that are sent as they are.
    Text {
        /// The words.
        text: String,
    },
    /// Words in Markdown, rendered to what the channel shows.
    Markdown {
        /// The words.
        text: String,
    },
    /// A picture, a sound, a video or a file.
    Media(WireAnswerMedia),
    /// A question with answers to choose from: buttons, a list, or numbered lines, whatever fits.
    Question {
        /// The question, in Markdown.
        text: String,
        /// The answers.
        choices: Vec<WireChoice>,
        /// The label of what opens the answers where they are in a list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        menu: Option<String>,
    },
    /// Words with a button that opens a web page.
    Link {
        /// The words, in Markdown.
        text: String,
        /// What stands on the button.
        label: String,
        /// The address of the page.
        url: String,
    },
    /// A place.
    Location(WireLocation),
    /// Words that ask the user for a location.
    LocationRequest {
        /// The words, in Markdown.
        text: String,
    },
    /// The card of a person or a business.
    Contact(WireContact),
    /// An emoji on a message of the user.
    Reaction {
        /// The id of the message.
        message: String,
        /// One emoji; empty to take an earlier one back.
        emoji: String,
    },
    /// A message that the channel has approved beforehand.
    Template {
        /// Its name.
        name: String,
        /// The code of its language, such as `en_US`.
        language: String,
        /// What is put into its words, place by place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<String>,
    },
}

/// A medium of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AnswerMedia")]
pub struct WireAnswerMedia {
    /// What it is to the user.
    pub kind: WireMediaKind,
    /// Its MIME type.
    pub mime_type: String,
    /// The name that the user sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its bytes, as base64.
    pub data: String,
}

/// What a medium is to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Kind")]
pub enum WireMediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A recorded voice note.
    Voice,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
}
