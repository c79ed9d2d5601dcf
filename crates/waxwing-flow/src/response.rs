//! Answer of the endpoint of a flow.

use std::fmt;

use serde_json::{Map, Value, json};

/// Screen that ends a flow.
const SUCCESS: &str = "SUCCESS";

/// Answer of the endpoint of a flow: the next screen, the end of the flow, or a refusal. `Debug` hides the data and the texts.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#data_exchange_request>
///
/// ```
/// use serde_json::json;
/// use waxwing_flow::FlowResponse;
///
/// // The next screen, with its data.
/// FlowResponse::screen("SIZE").with("sizes", json!([{"id": "s", "title": "Small"}]));
/// // The same screen again, with an error that the user sees.
/// FlowResponse::screen("SIZE").with_error("This size is sold out.");
/// // The end of the flow. The values become the answer that the agent receives.
/// FlowResponse::complete().with("size", "s");
/// // The form cannot be used any more.
/// FlowResponse::token_expired("The order has already been placed.");
/// ```
#[derive(Clone, PartialEq)]
pub struct FlowResponse {
    kind: ResponseKind,
    data: Map<String, Value>,
}

/// Kind of an answer.
#[derive(Clone, PartialEq, Eq)]
enum ResponseKind {
    Screen(String),
    Complete,
    TokenExpired(String),
}

/// Answer for an HTTP response. `Debug` hides the body, which may have a text for the user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowAnswer {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

impl FlowResponse {
    /// Shows a screen, without data.
    pub fn screen(screen: impl Into<String>) -> Self {
        Self { kind: ResponseKind::Screen(screen.into()), data: Map::new() }
    }

    /// Ends the flow. Its values, together with the token of the flow, become the answer that arrives in the chat.
    pub fn complete() -> Self {
        Self { kind: ResponseKind::Complete, data: Map::new() }
    }

    /// Closes the flow and disables its button: its token is not valid any more. `message` is a text for the user.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes#endpoint_error_codes>
    pub fn token_expired(message: impl Into<String>) -> Self {
        Self { kind: ResponseKind::TokenExpired(message.into()), data: Map::new() }
    }

    /// Adds a value to the data of the screen, or to the answer of a completed flow.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Adds values to the data of the screen, or to the answer of a completed flow.
    pub fn with_all(mut self, values: Map<String, Value>) -> Self {
        self.data.extend(values);
        self
    }

    /// Shows an error above the screen, such as for an input that is not acceptable.
    pub fn with_error(self, message: impl Into<String>) -> Self {
        self.with("error_message", message.into())
    }

    /// Returns the payload to encrypt, or the answer that is not encrypted.
    pub(crate) fn into_payload(self, flow_token: Option<&str>) -> Result<Value, FlowAnswer> {
        let Self { kind, mut data } = self;
        match kind {
            ResponseKind::Screen(screen) => Ok(json!({ "screen": screen, "data": data })),
            ResponseKind::Complete => {
                // Meta requires the token, so that the answer can be assigned to its message. Data of the user do not replace it.
                if let Some(token) = flow_token {
                    data.insert("flow_token".to_owned(), token.into());
                }
                Ok(json!({ "screen": SUCCESS, "data": { "extension_message_response": { "params": data } } }))
            }
            ResponseKind::TokenExpired(message) => {
                let body = json!({ "error_msg": message }).to_string();
                Err(FlowAnswer { status: 427, content_type: "application/json", body })
            }
        }
    }
}

impl fmt::Debug for FlowResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ResponseKind::Screen(screen) => f.debug_struct("Screen").field("screen", screen).finish_non_exhaustive(),
            ResponseKind::Complete => f.debug_struct("Complete").finish_non_exhaustive(),
            ResponseKind::TokenExpired(_) => f.debug_struct("TokenExpired").finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for FlowAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_the_user_do_not_replace_the_token() {
        let data =
            Map::from_iter([("flow_token".to_owned(), "of another user".into()), ("size".to_owned(), "L".into())]);
        let payload = FlowResponse::complete().with_all(data).into_payload(Some("t")).unwrap();
        let params = &payload["data"]["extension_message_response"]["params"];
        assert_eq!(params, &json!({ "flow_token": "t", "size": "L" }));
    }
}
