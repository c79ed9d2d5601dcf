//! Content of a reaction message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::MessageId;
use crate::validation::ValidationError;

/// Emoji reaction to an earlier message of the same chat. `Debug` hides the emoji.
///
/// Meta reports only the status `sent` for a reaction.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/reaction-messages>
///
/// ```
/// use waxwing_types::{MessageId, OutboundMessage, Reaction, WaId};
///
/// let thumbs_up = Reaction::new(MessageId::new("wamid.A"), "👍");
/// OutboundMessage::new(WaId::new("34600000000"), thumbs_up).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reaction {
    /// Message that the reaction belongs to, sent by either side.
    pub message_id: MessageId,
    /// One emoji. Empty to remove an earlier reaction.
    pub emoji: String,
}

impl Reaction {
    /// Largest number of code points in one emoji: families and flags.
    const EMOJI: usize = 16;

    /// Emoji that Unicode counts as letters: ℹ️ Ⓜ️ 🅰️ 🅱️ 🅾️ 🅿️.
    ///
    /// <https://www.unicode.org/Public/emoji/latest/emoji-sequences.txt>
    const EMOJI_LETTERS: [char; 6] = ['ℹ', 'Ⓜ', '🅰', '🅱', '🅾', '🅿'];

    /// Creates a reaction to a message.
    pub fn new(message_id: MessageId, emoji: impl Into<String>) -> Self {
        Self { message_id, emoji: emoji.into() }
    }

    /// Creates a message that removes the business's reaction from a message.
    pub fn removal(message_id: MessageId) -> Self {
        Self::new(message_id, "")
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        if self.message_id.as_str().is_empty() {
            return Err(ValidationError::Empty { field: "reaction.message_id" });
        }
        let is_text = |c: char| (c.is_alphabetic() && !Self::EMOJI_LETTERS.contains(&c)) || c.is_whitespace();
        let has_text = self.emoji.chars().any(is_text);
        if has_text || self.emoji.chars().count() > Self::EMOJI {
            return Err(ValidationError::Malformed { field: "reaction.emoji", expected: "one emoji" });
        }
        Ok(())
    }
}

impl fmt::Debug for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reaction")
            .field("message_id", &self.message_id)
            .field("is_removal", &self.emoji.is_empty())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reaction_is_one_emoji_or_none() {
        let to = || MessageId::new("wamid.A");
        check_content(Reaction::new(to(), "👍"), &json!({"message_id": "wamid.A", "emoji": "👍"}));
        check_content(Reaction::new(to(), "👩‍👩‍👧"), &json!({"message_id": "wamid.A", "emoji": "👩‍👩‍👧"}));
        check_content(Reaction::removal(to()), &json!({"message_id": "wamid.A", "emoji": ""}));
        check_invalid(
            Reaction::new(MessageId::new(""), "👍"),
            &ValidationError::Empty { field: "reaction.message_id" },
        );
        for emoji in ["ℹ️", "Ⓜ️", "🅰️", "🅱️", "🆎", "🅾️", "🅿️", "㊗️", "㊙️", "™️", "1️⃣", "🇪🇸", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert_eq!(Reaction::new(to(), emoji).validate(), Ok(()), "{emoji}");
        }
        for text in ["ok", "👍 ", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍"] {
            let expected = ValidationError::Malformed { field: "reaction.emoji", expected: "one emoji" };
            check_invalid(Reaction::new(to(), text), &expected);
        }
    }

    #[test]
    fn debug_hides_the_emoji() {
        check_debug(Reaction::new(MessageId::new("wamid.A"), "👍"), &["👍"]);
    }
}
