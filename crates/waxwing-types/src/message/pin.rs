//! Content of a pin message.

use serde::{Deserialize, Serialize};

use crate::MessageId;
use crate::limits;
use crate::validation::ValidationError;

/// Pin of an earlier message at the top of a group, or its removal.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
///
/// ```
/// use waxwing_types::{GroupId, MessageId, OutboundMessage, Pin};
///
/// let group = GroupId::new("120363");
/// OutboundMessage::new(group.clone(), Pin::for_days(MessageId::new("wamid.A"), 7)).validate()?;
/// OutboundMessage::new(group, Pin::removal(MessageId::new("wamid.A"))).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pin {
    /// Pins a message.
    Pin {
        /// The message.
        message_id: MessageId,
        /// Number of days, from 1 to [`limits::PIN_DAYS`].
        expiration_days: u8,
    },
    /// Removes the pin of a message.
    Unpin {
        /// The message.
        message_id: MessageId,
    },
}

impl Pin {
    /// Creates a pin that ends after so many days, at most [`limits::PIN_DAYS`].
    pub fn for_days(message_id: MessageId, days: u8) -> Self {
        Self::Pin { message_id, expiration_days: days }
    }

    /// Creates a message that removes the pin of a message.
    pub fn removal(message_id: MessageId) -> Self {
        Self::Unpin { message_id }
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        let (Self::Pin { message_id, .. } | Self::Unpin { message_id }) = self;
        if message_id.as_str().is_empty() {
            return Err(ValidationError::Empty { field: "pin.message_id" });
        }
        match self {
            Self::Pin { expiration_days, .. } if !(1..=limits::PIN_DAYS).contains(expiration_days) => {
                Err(ValidationError::Malformed {
                    field: "pin.expiration_days",
                    expected: "a number of days from 1 to 30",
                })
            }
            Self::Pin { .. } | Self::Unpin { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn pins_have_a_number_of_days() {
        let id = || MessageId::new("wamid.A");
        check_content(Pin::for_days(id(), 7), &json!({"type": "pin", "message_id": "wamid.A", "expiration_days": 7}));
        check_content(Pin::removal(id()), &json!({"type": "unpin", "message_id": "wamid.A"}));
        check_invalid(Pin::removal(MessageId::new("")), &ValidationError::Empty { field: "pin.message_id" });
        for days in [0, 31] {
            let expected = "a number of days from 1 to 30";
            check_invalid(
                Pin::for_days(id(), days),
                &ValidationError::Malformed { field: "pin.expiration_days", expected },
            );
        }
    }
}
