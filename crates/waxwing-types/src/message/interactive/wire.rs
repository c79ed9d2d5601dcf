//! JSON form of interactive messages.
//!
//! Meta wraps every part in an object of its own and repeats the kind of action in several places.

use serde::{Deserialize, Serialize};

use super::{Interactive, InteractiveAction, InteractiveHeader, LinkButton, ListMenu, ReplyButton};
use crate::message::media::MediaSource;

#[derive(Serialize, Deserialize)]
pub(super) struct WireInteractive {
    #[serde(flatten)]
    action: WireAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<WireHeader>,
    body: WireText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<WireText>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireHeader {
    Text(WireText),
    Image { image: MediaSource },
    Video { video: MediaSource },
    Document { document: WireDocument },
}

#[derive(Serialize, Deserialize)]
struct WireDocument {
    #[serde(flatten)]
    source: MediaSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireText {
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "action", rename_all = "snake_case")]
enum WireAction {
    Button { buttons: Vec<WireButton> },
    List(ListMenu),
    CtaUrl(WireLink),
    LocationRequestMessage(WireLocationRequest),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "reply", rename_all = "snake_case")]
enum WireButton {
    Reply(ReplyButton),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", content = "parameters", rename_all = "snake_case")]
enum WireLink {
    CtaUrl { display_text: String, url: String },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
enum WireLocationRequest {
    SendLocation,
}

impl From<Interactive> for WireInteractive {
    fn from(interactive: Interactive) -> Self {
        let Interactive { header, body, footer, action } = interactive;
        Self {
            action: action.into(),
            header: header.map(WireHeader::from),
            body: WireText { text: body },
            footer: footer.map(|text| WireText { text }),
        }
    }
}

impl From<WireInteractive> for Interactive {
    fn from(wire: WireInteractive) -> Self {
        Self {
            header: wire.header.map(InteractiveHeader::from),
            body: wire.body.text,
            footer: wire.footer.map(|footer| footer.text),
            action: wire.action.into(),
        }
    }
}

impl From<InteractiveHeader> for WireHeader {
    fn from(header: InteractiveHeader) -> Self {
        match header {
            InteractiveHeader::Text(text) => Self::Text(WireText { text }),
            InteractiveHeader::Image(image) => Self::Image { image },
            InteractiveHeader::Video(video) => Self::Video { video },
            InteractiveHeader::Document { source, filename } => {
                Self::Document { document: WireDocument { source, filename } }
            }
        }
    }
}

impl From<WireHeader> for InteractiveHeader {
    fn from(header: WireHeader) -> Self {
        match header {
            WireHeader::Text(WireText { text }) => Self::Text(text),
            WireHeader::Image { image } => Self::Image(image),
            WireHeader::Video { video } => Self::Video(video),
            WireHeader::Document { document: WireDocument { source, filename } } => Self::Document { source, filename },
        }
    }
}

impl From<InteractiveAction> for WireAction {
    fn from(action: InteractiveAction) -> Self {
        match action {
            InteractiveAction::Buttons(buttons) => {
                Self::Button { buttons: buttons.into_iter().map(WireButton::Reply).collect() }
            }
            InteractiveAction::List(list) => Self::List(list),
            InteractiveAction::Link(LinkButton { label, url }) => {
                Self::CtaUrl(WireLink::CtaUrl { display_text: label, url })
            }
            InteractiveAction::LocationRequest => Self::LocationRequestMessage(WireLocationRequest::SendLocation),
        }
    }
}

impl From<WireAction> for InteractiveAction {
    fn from(action: WireAction) -> Self {
        match action {
            WireAction::Button { buttons } => {
                Self::Buttons(buttons.into_iter().map(|WireButton::Reply(button)| button).collect())
            }
            WireAction::List(list) => Self::List(list),
            WireAction::CtaUrl(WireLink::CtaUrl { display_text, url }) => {
                Self::Link(LinkButton { label: display_text, url })
            }
            WireAction::LocationRequestMessage(WireLocationRequest::SendLocation) => Self::LocationRequest,
        }
    }
}
