//! Content of a message type that this crate does not know.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::redacted::debug_shows;
use crate::validation::ValidationError;

/// Fields of a message that are not its content.
const ENVELOPE: [&str; 12] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
    "category",
    "ttl_seconds",
    "product_policy",
    "message_activity_sharing",
];

/// Content that is sent as it is: a message type, or fields of one, that this crate does not know yet. `Debug` hides the object.
///
/// Nothing is checked but the name of the type: Meta refuses content that it does not accept.
///
/// ```
/// use serde_json::json;
/// use waxwing_types::{OutboundMessage, RawContent, WaId};
///
/// let poll = RawContent::new("poll", json!({ "question": "Tea or coffee?" }));
/// let message = serde_json::to_value(OutboundMessage::new(WaId::new("34600000000"), poll))?;
/// assert_eq!((&message["type"], &message["poll"]["question"]), (&json!("poll"), &json!("Tea or coffee?")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RawContent {
    /// Meta's name of the message type, the value of the JSON field `type`.
    pub kind: String,
    /// Value of the field that has the name of the type.
    pub object: Value,
}

impl RawContent {
    /// Creates content from Meta's name of the type and the value of the field that has this name.
    pub fn new(kind: impl Into<String>, object: Value) -> Self {
        Self { kind: kind.into(), object }
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        match self.kind.as_str() {
            "" => Err(ValidationError::Empty { field: "type" }),
            kind if ENVELOPE.contains(&kind) => {
                Err(ValidationError::Malformed { field: "type", expected: "the name of a message type" })
            }
            _ => Ok(()),
        }
    }
}

debug_shows! { RawContent { kind } }

#[cfg(test)]
mod tests {
    use super::super::checks::{check_debug, check_invalid};
    use super::*;
    use crate::{OutboundContent, OutboundMessage, WaId};
    use serde_json::json;

    #[test]
    fn raw_content_is_sent_as_it_is_and_stored_as_raw() {
        // Also under the name of a type that the crate knows, with fields that it does not know.
        let raw = RawContent::new("text", json!({ "body": "hi", "sparkles": true }));
        let content = OutboundContent::from(raw.clone());
        let stored = serde_json::to_string(&content).unwrap();
        assert_eq!(serde_json::from_str::<OutboundContent>(&stored).unwrap(), content);
        let sent = serde_json::to_value(OutboundMessage::new(WaId::new("1"), raw)).unwrap();
        assert_eq!((&sent["type"], &sent["text"]["sparkles"]), (&json!("text"), &json!(true)));
        assert_eq!((content.kind(), content.text(), content.validate()), ("raw", None, Ok(())));
        check_invalid(RawContent::new("", json!({})), &ValidationError::Empty { field: "type" });
        let expected = "the name of a message type";
        check_invalid(RawContent::new("to", json!({})), &ValidationError::Malformed { field: "type", expected });
        check_debug(content, &["hi", "sparkles"]);
    }
}
