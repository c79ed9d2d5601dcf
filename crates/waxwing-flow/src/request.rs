//! Decrypted request to the endpoint of a flow.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Largest number of characters of a name that the app of the user states.
const MAX_KEYWORD: usize = 64;

/// Decrypted request to the endpoint of a flow. `Debug` hides the token and the data.
///
/// The app of the user sends the data: check them before use. Inputs of the kind number arrive as text.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#data_exchange_request>
///
/// ```
/// use serde::Deserialize;
/// use serde_json::json;
/// use waxwing_flow::{FlowAction, FlowRequest, FlowResponse};
///
/// #[derive(Deserialize)]
/// struct Size { size: String }
///
/// fn answer(request: &FlowRequest) -> Result<FlowResponse, waxwing_flow::FlowDataError> {
///     Ok(match (&request.action, request.screen.as_deref()) {
///         (FlowAction::Init | FlowAction::Back, _) => FlowResponse::screen("SIZE").with("sizes", json!(["S", "L"])),
///         (FlowAction::DataExchange, Some("SIZE")) => FlowResponse::complete().with("size", request.parse::<Size>()?.size),
///         _ => FlowResponse::token_expired("Please ask for the form again."),
///     })
/// }
///
/// let request = FlowRequest::new(FlowAction::DataExchange).with_screen("SIZE").with_data("size", "L");
/// assert_eq!(answer(&request)?, FlowResponse::complete().with("size", "L"));
/// # Ok::<(), waxwing_flow::FlowDataError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct FlowRequest {
    /// Version of the data exchange, such as `3.0`.
    pub version: String,
    /// Reason of the request.
    pub action: FlowAction,
    /// Screen that the user sees. `None` if the flow is being opened.
    pub screen: Option<String>,
    /// Token of the message that opened the flow.
    pub flow_token: Option<String>,
    /// Meta's signature of the token, a JSON web token. Flows of version 7.3 and later have it. See [`verify_flow_token`](Self::verify_flow_token).
    pub flow_token_signature: Option<String>,
    /// Data of the screen, as the action of its footer names them.
    pub data: Map<String, Value>,
}

/// Reason of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowAction {
    /// Health check by Meta.
    Ping,
    /// The user opens the flow.
    Init,
    /// The user goes back to the screen before.
    Back,
    /// The user submits a screen, or changes an input that asks the endpoint.
    DataExchange,
    /// The app could not use an earlier answer of the endpoint.
    ErrorNotification(FlowClientError),
    /// An action that this version does not know, by its name. In a received request: at most 64 letters, digits, `_` and `-`.
    Unknown(String),
}

/// Error that the app of the user met in an answer of the endpoint. `Debug` hides the description, because the app of the user writes it.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#error_notification_request>
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowClientError {
    /// Meta's key of the error. In a received request: at most 64 letters, digits, `_` and `-`.
    pub error: String,
    /// Description of the error.
    pub message: Option<String>,
}

impl FlowClientError {
    /// Creates an error with Meta's key.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), message: None }
    }
}

impl fmt::Debug for FlowClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowClientError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl FlowRequest {
    /// Creates a request without a screen, a token and data. For tests of handlers.
    pub fn new(action: FlowAction) -> Self {
        Self {
            version: "3.0".to_owned(),
            action,
            screen: None,
            flow_token: None,
            flow_token_signature: None,
            data: Map::new(),
        }
    }

    /// Sets the screen that the user sees.
    pub fn with_screen(mut self, screen: impl Into<String>) -> Self {
        self.screen = Some(screen.into());
        self
    }

    /// Sets the token of the flow.
    pub fn with_flow_token(mut self, token: impl Into<String>) -> Self {
        self.flow_token = Some(token.into());
        self
    }

    /// Adds a value to the data.
    pub fn with_data(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Deserializes the data of the screen.
    ///
    /// # Errors
    ///
    /// Names the first value that is missing or has another type. The error contains no data of the user.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FlowDataError> {
        let data = Value::Object(self.data.clone());
        serde_path_to_error::deserialize(data).map_err(|error| {
            let path = error.path().to_string();
            let text = error.into_inner().to_string();
            match text.strip_prefix("missing field ").map(|field| field.trim_matches('`')) {
                // The path leads to the object that lacks the field. `.` is the whole data.
                Some(field) if path == "." => FlowDataError { field: field.to_owned(), is_missing: true },
                Some(field) => FlowDataError { field: format!("{path}.{field}"), is_missing: true },
                None => FlowDataError { field: path, is_missing: false },
            }
        })
    }

    /// Reads a decrypted payload. `Err` says what is wrong with it.
    pub(crate) fn read(payload: Value) -> Result<Self, &'static str> {
        let Value::Object(mut payload) = payload else { return Err("it must be an object") };
        let mut text = |key: &str| match payload.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let action = text("action").ok_or("it has no action")?;
        let version = text("version").unwrap_or_default();
        let (screen, flow_token) = (text("screen"), text("flow_token"));
        let flow_token_signature = text("flow_token_signature");
        let data = match payload.remove("data") {
            Some(Value::Object(data)) => data,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err("its data must be an object"),
        };
        let action = match action.as_str() {
            "ping" => FlowAction::Ping,
            "INIT" | "data_exchange" if data.contains_key("error") => {
                FlowAction::ErrorNotification(client_error(&data))
            }
            "INIT" => FlowAction::Init,
            "BACK" => FlowAction::Back,
            "data_exchange" => FlowAction::DataExchange,
            _ => FlowAction::Unknown(keyword(&action)),
        };
        let screen = screen.filter(|screen| !screen.is_empty());
        Ok(Self { version, action, screen, flow_token, flow_token_signature, data })
    }

    /// Returns the payload of the answer that the protocol fixes: to a health check, and to a notification of an error.
    pub(crate) fn automatic_payload(&self) -> Option<Value> {
        match self.action {
            FlowAction::Ping => Some(json!({ "data": { "status": "active" } })),
            FlowAction::ErrorNotification(_) => Some(json!({ "data": { "acknowledged": true } })),
            _ => None,
        }
    }
}

fn client_error(data: &Map<String, Value>) -> FlowClientError {
    let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
    FlowClientError { error: text("error").as_deref().map(keyword).unwrap_or_default(), message: text("error_message") }
}

/// Returns the letters, digits, `_` and `-` of a name that the app of the user states, at most 64.
fn keyword(name: &str) -> String {
    let is_allowed = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    name.chars().filter(is_allowed).take(MAX_KEYWORD).collect()
}

impl fmt::Debug for FlowRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowRequest")
            .field("version", &self.version)
            .field("action", &self.action)
            .field("screen", &self.screen)
            .finish_non_exhaustive()
    }
}

/// Data of a screen that do not fit a type. The message contains no data of the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value `{field}` of the screen {}", if *is_missing { "is missing" } else { "does not fit its type" })]
pub struct FlowDataError {
    field: String,
    is_missing: bool,
}

impl FlowDataError {
    /// Returns the name of the value, or the path to it.
    pub fn field(&self) -> &str {
        &self.field
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Address {
        #[expect(dead_code, reason = "its type is tested")]
        street: u8,
    }

    #[derive(Debug, Deserialize)]
    struct Order {
        #[expect(dead_code, reason = "its type is tested")]
        address: Address,
    }

    #[test]
    fn errors_have_the_path_of_the_value() {
        let check = |data: Value, expected: &str| {
            let request = FlowRequest::read(json!({ "action": "data_exchange", "data": data })).unwrap();
            assert_eq!(request.parse::<Order>().unwrap_err().to_string(), expected);
        };
        check(json!({}), "the value `address` of the screen is missing");
        check(json!({ "address": {} }), "the value `address.street` of the screen is missing");
        check(
            json!({ "address": { "street": "a" } }),
            "the value `address.street` of the screen does not fit its type",
        );
    }

    #[test]
    fn names_of_the_app_are_short_keywords() {
        let name = format!("bad\nkey: {}", "x".repeat(5_000));
        let data = json!({ "error": name, "error_message": "secret" });
        let request = FlowRequest::read(json!({ "action": "INIT", "data": data })).unwrap();
        let FlowAction::ErrorNotification(error) = &request.action else { panic!("{request:?}") };
        assert_eq!(error.error, format!("badkey{}", "x".repeat(58)));
        assert_eq!(error.message.as_deref(), Some("secret"));
        assert!(!format!("{request:?} {error:?}").contains("secret"), "{request:?} {error:?}");
        let request = FlowRequest::read(json!({ "action": name })).unwrap();
        assert_eq!(request.action, FlowAction::Unknown(format!("badkey{}", "x".repeat(58))));
    }
}
