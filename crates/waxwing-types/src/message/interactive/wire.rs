//! The form in which Meta takes interactive messages: every part in an object of its own, with names that say what is known already.

use serde::{Deserialize, Serialize};

use super::{Interactive, InteractiveAction, ListSection, ReplyButton};

#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(flatten)]
    action: WireAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    body: Words,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<Words>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Header {
    Text(Words),
}

#[derive(Serialize, Deserialize)]
struct Words {
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "action", rename_all = "snake_case")]
enum WireAction {
    Button { buttons: Vec<Reply> },
    List { button: String, sections: Vec<ListSection> },
    CtaUrl(Cta),
    LocationRequestMessage(LocationRequest),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "reply", rename_all = "snake_case")]
enum Reply {
    Reply(ReplyButton),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", content = "parameters", rename_all = "snake_case")]
enum Cta {
    CtaUrl { display_text: String, url: String },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
enum LocationRequest {
    SendLocation,
}

impl From<Interactive> for Wire {
    fn from(interactive: Interactive) -> Self {
        let Interactive { header, body, footer, action } = interactive;
        Self {
            action: action.into(),
            header: header.map(|text| Header::Text(Words { text })),
            body: Words { text: body },
            footer: footer.map(|text| Words { text }),
        }
    }
}

impl From<Wire> for Interactive {
    fn from(wire: Wire) -> Self {
        Self {
            header: wire.header.map(|Header::Text(header)| header.text),
            body: wire.body.text,
            footer: wire.footer.map(|footer| footer.text),
            action: wire.action.into(),
        }
    }
}

impl From<InteractiveAction> for WireAction {
    fn from(action: InteractiveAction) -> Self {
        match action {
            InteractiveAction::Buttons(buttons) => {
                Self::Button { buttons: buttons.into_iter().map(Reply::Reply).collect() }
            }
            InteractiveAction::List { button, sections } => Self::List { button, sections },
            InteractiveAction::Link { label, url } => Self::CtaUrl(Cta::CtaUrl { display_text: label, url }),
            InteractiveAction::LocationRequest => Self::LocationRequestMessage(LocationRequest::SendLocation),
        }
    }
}

impl From<WireAction> for InteractiveAction {
    fn from(action: WireAction) -> Self {
        match action {
            WireAction::Button { buttons } => {
                Self::Buttons(buttons.into_iter().map(|Reply::Reply(button)| button).collect())
            }
            WireAction::List { button, sections } => Self::List { button, sections },
            WireAction::CtaUrl(Cta::CtaUrl { display_text, url }) => Self::Link { label: display_text, url },
            WireAction::LocationRequestMessage(LocationRequest::SendLocation) => Self::LocationRequest,
        }
    }
}
