//! Emoji on earlier messages.

use serde::{Deserialize, Serialize};

use crate::MessageId;
use crate::validation::ValidationError;

/// An emoji on an earlier message of the chat. Only the status `sent` follows it.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/reaction-messages>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message that it is put on, of either side.
    pub message_id: MessageId,
    /// One emoji; empty to take an earlier one back.
    pub emoji: String,
}

impl Reaction {
    /// Code points of the longest emoji there are: families and flags.
    const EMOJI: usize = 16;

    /// Puts an emoji on a message.
    pub fn new(message_id: MessageId, emoji: impl Into<String>) -> Self {
        Self { message_id, emoji: emoji.into() }
    }

    /// Takes back what was put on a message.
    pub fn removal(message_id: MessageId) -> Self {
        Self::new(message_id, "")
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        if self.message_id.as_str().is_empty() {
            return Err(ValidationError::Empty { field: "reaction.message_id" });
        }
        let has_words = self.emoji.chars().any(|c| c.is_alphabetic() || c.is_whitespace());
        if has_words || self.emoji.chars().count() > Self::EMOJI {
            return Err(ValidationError::Malformed { field: "reaction.emoji", expected: "one emoji" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn reactions() {
        let to = || MessageId::new("wamid.A");
        check_content(Reaction::new(to(), "👍"), &json!({"message_id": "wamid.A", "emoji": "👍"}));
        check_content(Reaction::new(to(), "👩‍👩‍👧"), &json!({"message_id": "wamid.A", "emoji": "👩‍👩‍👧"}));
        check_content(Reaction::removal(to()), &json!({"message_id": "wamid.A", "emoji": ""}));
        check_invalid(
            Reaction::new(MessageId::new(""), "👍"),
            &ValidationError::Empty { field: "reaction.message_id" },
        );
        for words in ["ok", "👍 ", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍"] {
            let expected = ValidationError::Malformed { field: "reaction.emoji", expected: "one emoji" };
            check_invalid(Reaction::new(to(), words), &expected);
        }
    }
}
