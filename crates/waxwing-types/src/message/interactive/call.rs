//! Button that calls the business.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// Button that calls the business on WhatsApp. `Debug` hides the label and the payload.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-button-messages-deep-links>
///
/// ```
/// use waxwing_types::{CallButton, Interactive, OutboundContent};
///
/// let call = CallButton::default().label("Call the kitchen").ttl_minutes(60);
/// OutboundContent::from(Interactive::call("Shall we talk?", call)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallButton {
    /// Label of the button, at most [`limits::BUTTON_TITLE`] UTF-16 units long. Meta's own label if not set.
    #[serde(rename = "display_text", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Number of minutes for which the button works, from 1 to [`limits::CALL_MINUTES`]. A week if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_minutes: Option<u32>,
    /// Text that comes back with the call, at most [`limits::CALL_PAYLOAD`] UTF-16 units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

impl CallButton {
    /// Sets the label, at most [`limits::BUTTON_TITLE`] UTF-16 units.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the number of minutes for which the button works, from 1 to [`limits::CALL_MINUTES`].
    pub fn ttl_minutes(mut self, minutes: u32) -> Self {
        self.ttl_minutes = Some(minutes);
        self
    }

    /// Sets the text that comes back with the call.
    pub fn payload(mut self, payload: impl Into<String>) -> Self {
        self.payload = Some(payload.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        if let Some(label) = &self.label {
            validation::required("interactive.action.parameters.display_text", label, limits::BUTTON_TITLE)?;
        }
        if let Some(payload) = &self.payload {
            validation::at_most("interactive.action.parameters.payload", payload, limits::CALL_PAYLOAD)?;
        }
        let field = "interactive.action.parameters.ttl_minutes";
        match self.ttl_minutes {
            Some(minutes) if !(1..=limits::CALL_MINUTES).contains(&minutes) => {
                Err(ValidationError::Malformed { field, expected: "a number of minutes from 1 to 43200" })
            }
            _ => Ok(()),
        }
    }
}

debug_shows! { CallButton { ttl_minutes } }

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    #[test]
    fn a_call_button_has_a_label_and_a_life() {
        let parameters = json!({ "display_text": "Call", "ttl_minutes": 5, "payload": "order-17" });
        check_content(
            Interactive::call("Talk?", CallButton::default().label("Call").ttl_minutes(5).payload("order-17")),
            &json!({
                "type": "voice_call",
                "body": { "text": "Talk?" },
                "action": { "name": "voice_call", "parameters": parameters },
            }),
        );
        check_content(
            Interactive::call("Talk?", CallButton::default()),
            &json!({ "type": "voice_call", "body": { "text": "Talk?" }, "action": { "name": "voice_call" } }),
        );
        let (field, limit) = ("interactive.action.parameters.display_text", limits::BUTTON_TITLE);
        let call = |button| Interactive::call("Talk?", button);
        check_invalid(
            call(CallButton::default().label("x".repeat(21))),
            &ValidationError::TooLong { field, length: 21, limit },
        );
        for minutes in [0, 43_201] {
            let (field, expected) =
                ("interactive.action.parameters.ttl_minutes", "a number of minutes from 1 to 43200");
            check_invalid(
                call(CallButton::default().ttl_minutes(minutes)),
                &ValidationError::Malformed { field, expected },
            );
        }
        check_debug(call(CallButton::default().label("secret").payload("secret")), &["secret"]);
    }
}
