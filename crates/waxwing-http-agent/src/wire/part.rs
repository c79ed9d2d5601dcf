//! Parts of an answer.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer_media::WireAnswerMedia;
use super::content::{WireChoice, WireContact, WireLocation};
use super::debug_without_content;
use super::template::WireTemplate;

/// Part of an answer.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "Part")]
#[non_exhaustive]
pub enum WirePart {
    /// Text that is sent without changes.
    Text {
        /// Text.
        text: String,
    },
    /// Text in Markdown. The channel converts the Markdown to its own format.
    Markdown {
        /// Text in Markdown.
        text: String,
    },
    /// Image, audio, video or file.
    Media(WireAnswerMedia),
    /// Question with choices. The choices are shown as buttons, as a list, or as numbered lines.
    Question {
        /// Text of the question, in Markdown.
        text: String,
        /// Choices, in the order in which the user sees them.
        choices: Vec<WireChoice>,
        /// Label of the button that opens the list of choices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        menu: Option<String>,
        /// Line above the text, at most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// Line below the text, at most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
    },
    /// Button that opens a web page.
    Link {
        /// Text above the button, in Markdown.
        text: String,
        /// Label of the button.
        label: String,
        /// Address of the web page.
        url: String,
        /// Line above the text, at most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// Line below the text, at most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
    },
    /// Button that opens a form. The answer arrives as a message of a later turn, whose `content` has the type `form`.
    Form(WireForm),
    /// Place on the map.
    Location(WireLocation),
    /// Text that asks the user for a location.
    LocationRequest {
        /// Text in Markdown.
        text: String,
    },
    /// Contact card of a person or a business.
    Contact(WireContact),
    /// Emoji reaction to a message of the user.
    Reaction {
        /// Id of the message.
        message: String,
        /// One emoji. An empty text removes an earlier reaction.
        emoji: String,
    },
    /// Message that the channel has approved beforehand.
    Template(WireTemplate),
}

/// Button that opens a form: a WhatsApp Flow, by its id or by its name.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Form")]
#[non_exhaustive]
pub struct WireForm {
    /// Id of the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_id: Option<String>,
    /// Name of the flow, in place of its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_name: Option<String>,
    /// Name under which the answer arrives, as `form`. The id or the name of the flow if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text above the button, in Markdown.
    pub text: String,
    /// Label of the button, at most 30 characters and without emoji. `Open` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// First screen. The first one of the flow if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<String>,
    /// Data of `screen`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Whether the endpoint of the flow chooses the first screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub endpoint: bool,
    /// Whether the flow is sent although it is not published, for tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// Line above the text, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Line below the text, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
}

impl fmt::Debug for WirePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text",
            Self::Markdown { .. } => "Markdown",
            Self::Media(media) => return fmt::Debug::fmt(media, f),
            Self::Question { .. } => "Question",
            Self::Link { .. } => "Link",
            Self::Form(form) => return fmt::Debug::fmt(form, f),
            Self::Location(_) => "Location",
            Self::LocationRequest { .. } => "LocationRequest",
            Self::Contact(_) => "Contact",
            Self::Reaction { .. } => "Reaction",
            Self::Template(template) => return write!(f, "Template({})", template.name),
        })
    }
}

debug_without_content! {
    WireForm { flow_id, flow_name, name, screen }
}
