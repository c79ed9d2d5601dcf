//! Actions of the footer.

use std::fmt;

use serde_json::{Map, Value, json};

/// Action of a tap on the footer. `Debug` hides the payload.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#actions>
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum FooterAction {
    /// Shows another screen.
    Navigate {
        /// Id of the screen.
        screen: String,
        /// Data of the screen.
        payload: Map<String, Value>,
    },
    /// Ends the flow. The payload becomes the answer that arrives in the chat.
    Complete {
        /// The answer.
        payload: Map<String, Value>,
    },
    /// Asks the endpoint for the next screen.
    DataExchange {
        /// Data for the endpoint.
        payload: Map<String, Value>,
    },
}

impl FooterAction {
    pub(super) fn payload_mut(&mut self) -> &mut Map<String, Value> {
        match self {
            Self::Navigate { payload, .. } | Self::Complete { payload } | Self::DataExchange { payload } => payload,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Navigate { screen, payload } => {
                json!({ "name": "navigate", "next": { "type": "screen", "name": screen }, "payload": payload })
            }
            Self::Complete { payload } => json!({ "name": "complete", "payload": payload }),
            Self::DataExchange { payload } => json!({ "name": "data_exchange", "payload": payload }),
        }
    }
}

impl fmt::Debug for FooterAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Navigate { screen, .. } => f.debug_struct("Navigate").field("screen", screen).finish_non_exhaustive(),
            Self::Complete { .. } => f.debug_struct("Complete").finish_non_exhaustive(),
            Self::DataExchange { .. } => f.debug_struct("DataExchange").finish_non_exhaustive(),
        }
    }
}

/// Returns a reference to an input of the same screen.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#dynamic-properties>
pub fn form_value(name: &str) -> String {
    format!("${{form.{name}}}")
}

/// Returns a reference to the data of the same screen.
pub fn data_value(name: &str) -> String {
    format!("${{data.{name}}}")
}

/// Returns a reference to an input of another screen.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#global-data>
pub fn screen_value(screen: &str, name: &str) -> String {
    format!("${{screen.{screen}.form.{name}}}")
}
