//! Button that opens a form of WhatsApp Flows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits;
use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// Button that opens a form of WhatsApp Flows. `Debug` hides the label, the token and the data.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow>
///
/// ```
/// use serde_json::json;
/// use waxwing_types::{FlowButton, FlowRef, Interactive, OutboundContent};
///
/// let book = FlowButton::new(FlowRef::Name("book_a_table".into()), "Book a table")
///     .token("booking-17")
///     .screen("DETAILS", [("guests".into(), json!(2))]);
/// OutboundContent::from(Interactive::flow("A table for tonight?", book)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireFlow", into = "WireFlow")]
#[non_exhaustive]
pub struct FlowButton {
    /// The form.
    pub flow: FlowRef,
    /// Label of the button, at most [`limits::FLOW_LABEL`] UTF-16 units long, not blank and without emoji.
    pub label: String,
    /// Text that comes back with the answer, and that the endpoint of the form gets.
    pub token: Option<String>,
    /// First screen.
    pub start: FlowStart,
    /// Whether the form is sent as a draft, for tests of a form that is not published.
    pub is_draft: bool,
}

/// A form of WhatsApp Flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// First screen of a form. `Debug` hides the data.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowStart {
    /// The first screen of the form, without data.
    #[default]
    FirstScreen,
    /// A screen with data.
    Screen {
        /// Id of the screen.
        screen: String,
        /// Data of the screen. Empty for none.
        data: Map<String, Value>,
    },
    /// The screen that the endpoint of the form chooses.
    DataExchange,
}

impl FlowButton {
    /// Creates a button that opens the first screen of a form.
    pub fn new(flow: FlowRef, label: impl Into<String>) -> Self {
        Self { flow, label: label.into(), token: None, start: FlowStart::FirstScreen, is_draft: false }
    }

    /// Sets the text that comes back with the answer.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Opens a screen with data.
    pub fn screen(mut self, screen: impl Into<String>, data: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.start = FlowStart::Screen { screen: screen.into(), data: data.into_iter().collect() };
        self
    }

    /// Opens the screen that the endpoint of the form chooses.
    pub fn data_exchange(mut self) -> Self {
        self.start = FlowStart::DataExchange;
        self
    }

    /// Sends the form as a draft, for tests of a form that is not published.
    pub fn draft(mut self) -> Self {
        self.is_draft = true;
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        const LABEL: &str = "interactive.action.parameters.flow_cta";
        validation::required(LABEL, &self.label, limits::FLOW_LABEL)?;
        if self.label.chars().any(validation::is_emoji) {
            return Err(ValidationError::Malformed { field: LABEL, expected: "a text without emoji" });
        }
        let (field, flow) = match &self.flow {
            FlowRef::Id(id) => ("interactive.action.parameters.flow_id", id),
            FlowRef::Name(name) => ("interactive.action.parameters.flow_name", name),
        };
        if flow.is_empty() {
            return Err(ValidationError::Empty { field });
        }
        match &self.start {
            FlowStart::Screen { screen, .. } if screen.is_empty() => {
                Err(ValidationError::Empty { field: "interactive.action.parameters.flow_action_payload.screen" })
            }
            _ => Ok(()),
        }
    }
}

debug_shows! { FlowButton { flow, is_draft } }

impl std::fmt::Debug for FlowStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FirstScreen => f.write_str("FirstScreen"),
            Self::Screen { screen, .. } => f.debug_struct("Screen").field("screen", screen).finish_non_exhaustive(),
            Self::DataExchange => f.write_str("DataExchange"),
        }
    }
}

/// JSON form of the button.
#[derive(Serialize, Deserialize)]
struct WireFlow {
    flow_message_version: WireVersion,
    #[serde(flatten)]
    flow: WireFlowRef,
    flow_cta: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<WireMode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_action: Option<WireStart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_action_payload: Option<WirePayload>,
}

#[derive(Serialize, Deserialize)]
enum WireVersion {
    #[serde(rename = "3")]
    Three,
}

#[derive(Serialize, Deserialize)]
enum WireFlowRef {
    #[serde(rename = "flow_id")]
    Id(String),
    #[serde(rename = "flow_name")]
    Name(String),
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum WireMode {
    Draft,
    Published,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireStart {
    Navigate,
    DataExchange,
}

#[derive(Serialize, Deserialize)]
struct WirePayload {
    screen: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    data: Map<String, Value>,
}

impl From<FlowButton> for WireFlow {
    fn from(button: FlowButton) -> Self {
        let FlowButton { flow, label, token, start, is_draft } = button;
        let (flow_action, flow_action_payload) = match start {
            FlowStart::FirstScreen => (None, None),
            FlowStart::Screen { screen, data } => (Some(WireStart::Navigate), Some(WirePayload { screen, data })),
            FlowStart::DataExchange => (Some(WireStart::DataExchange), None),
        };
        Self {
            flow_message_version: WireVersion::Three,
            flow: match flow {
                FlowRef::Id(id) => WireFlowRef::Id(id),
                FlowRef::Name(name) => WireFlowRef::Name(name),
            },
            flow_cta: label,
            flow_token: token,
            mode: is_draft.then_some(WireMode::Draft),
            flow_action,
            flow_action_payload,
        }
    }
}

impl From<WireFlow> for FlowButton {
    fn from(wire: WireFlow) -> Self {
        Self {
            flow: match wire.flow {
                WireFlowRef::Id(id) => FlowRef::Id(id),
                WireFlowRef::Name(name) => FlowRef::Name(name),
            },
            label: wire.flow_cta,
            token: wire.flow_token,
            start: match (wire.flow_action, wire.flow_action_payload) {
                (Some(WireStart::DataExchange), _) => FlowStart::DataExchange,
                (_, Some(WirePayload { screen, data })) => FlowStart::Screen { screen, data },
                (_, None) => FlowStart::FirstScreen,
            },
            is_draft: wire.mode == Some(WireMode::Draft),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    fn button() -> FlowButton {
        FlowButton::new(FlowRef::Id("77".into()), "Book a table")
    }

    #[track_caller]
    fn check(button: FlowButton, parameters: &Value) {
        let action = json!({ "name": "flow", "parameters": parameters });
        let expected = json!({ "type": "flow", "body": { "text": "Hungry?" }, "action": action });
        check_content(Interactive::flow("Hungry?", button), &expected);
    }

    #[test]
    fn a_flow_starts_with_a_screen_or_an_endpoint() {
        let version = "3";
        check(button(), &json!({ "flow_message_version": version, "flow_id": "77", "flow_cta": "Book a table" }));
        check(
            FlowButton::new(FlowRef::Name("book".into()), "Book")
                .token("t")
                .draft()
                .screen("A", [("n".into(), json!(2))]),
            &json!({
                "flow_message_version": version, "flow_name": "book", "flow_cta": "Book", "flow_token": "t", "mode": "draft",
                "flow_action": "navigate", "flow_action_payload": { "screen": "A", "data": { "n": 2 } },
            }),
        );
        check(
            button().data_exchange(),
            &json!({
                "flow_message_version": version, "flow_id": "77", "flow_cta": "Book a table", "flow_action": "data_exchange",
            }),
        );
    }

    #[test]
    fn flows_have_limits() {
        let field = "interactive.action.parameters.flow_cta";
        let flow = |button| Interactive::flow("Hungry?", button);
        let label = |label: &str| flow(FlowButton::new(FlowRef::Id("77".into()), label));
        check_invalid(label(""), &ValidationError::Empty { field });
        check_invalid(
            label(&"x".repeat(31)),
            &ValidationError::TooLong { field, length: 31, limit: limits::FLOW_LABEL },
        );
        check_invalid(label("Book 🍕"), &ValidationError::Malformed { field, expected: "a text without emoji" });
        let field = "interactive.action.parameters.flow_id";
        check_invalid(flow(FlowButton::new(FlowRef::Id(String::new()), "Book")), &ValidationError::Empty { field });
        let field = "interactive.action.parameters.flow_action_payload.screen";
        check_invalid(flow(button().screen("", [])), &ValidationError::Empty { field });
    }

    #[test]
    fn debug_hides_what_the_user_reads() {
        let secret = FlowButton::new(FlowRef::Id("77".into()), "secret").token("secret");
        check_debug(Interactive::flow("secret", secret.screen("A", [("a".into(), json!("secret"))])), &["secret"]);
        assert_eq!(format!("{:?}", button().screen("A", []).start), r#"Screen { screen: "A", .. }"#);
    }
}
