//! Selectors of conversations.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use waxwing::store::{ConversationFilter, ConversationId, ConversationTarget, UserKey};
use waxwing::types::{Bsuid, PhoneNumberId, UserProfile, WaId};

/// The shortest phone number without `+`, in digits. Fewer digits are a conversation id.
const MIN_PHONE_DIGITS: usize = 7;

/// Names a user or a conversation. `Debug` output hides phone numbers and ids of users.
///
/// ```
/// use waxwing_admin::Selector;
///
/// assert!(matches!("+34 600 000 000".parse(), Ok(Selector::Phone(_))));
/// assert!(matches!("ES.1234".parse(), Ok(Selector::Bsuid(_))));
/// assert!(matches!("#7".parse(), Ok(Selector::Conversation(7))));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// A conversation, by its id.
    Conversation(i64),
    /// A user, by the digits of the phone number.
    Phone(String),
    /// A user, by the business-scoped user id.
    Bsuid(String),
}

/// The text is not a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a user or a conversation; write a phone number, a business-scoped user id like ES.1234, or the id of a conversation like 7"
)]
pub struct InvalidSelector;

impl FromStr for Selector {
    type Err = InvalidSelector;

    /// Digits with `+`, or at least seven digits, are a phone number; `ES.123` is a business-scoped user id; `#7` and `7` are a
    /// conversation.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(Ok(id)) = text.strip_prefix('#').map(str::parse) {
            return Ok(Self::Conversation(id));
        }
        let is_bsuid = |country: &str, id: &str| {
            country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()) && !id.is_empty()
        };
        if text.split_once('.').is_some_and(|(country, id)| is_bsuid(country, id)) {
            return Ok(Self::Bsuid(text.to_owned()));
        }
        let digits: String = text.chars().filter(|c| !" -()".contains(*c)).collect();
        let (has_plus, digits) = digits.strip_prefix('+').map_or((false, &*digits), |digits| (true, digits));
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidSelector);
        }
        if has_plus || digits.len() >= MIN_PHONE_DIGITS {
            return Ok(Self::Phone(digits.to_owned()));
        }
        digits.parse().map(Self::Conversation).map_err(|_| InvalidSelector)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(id) => write!(f, "Conversation({id})"),
            Self::Phone(_) => f.write_str("Phone(..)"),
            Self::Bsuid(_) => f.write_str("Bsuid(..)"),
        }
    }
}

impl Selector {
    /// Returns the key of the user. `None` for a conversation.
    pub(crate) fn user(&self) -> Option<UserKey> {
        match self {
            Self::Conversation(_) => None,
            Self::Phone(digits) => Some(UserKey::Phone(WaId::new(digits))),
            Self::Bsuid(id) => Some(UserKey::Bsuid(Bsuid::new(id))),
        }
    }

    /// Returns a filter for the conversation, or for all conversations of the user.
    pub(crate) fn filter(&self) -> ConversationFilter {
        match (self, self.user()) {
            (_, Some(user)) => ConversationFilter::User(user),
            (Self::Conversation(id), None) => ConversationFilter::Id(ConversationId(*id)),
            (_, None) => unreachable!("each other selector has a user"),
        }
    }
}

/// The conversation of an operator's action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationRef {
    /// An existing conversation.
    Conversation(i64),
    /// The conversation of a business number with a user. It is created if it does not exist.
    User {
        /// Id of the business number.
        number: String,
        /// The user.
        user: Selector,
    },
}

impl From<ConversationRef> for ConversationTarget {
    fn from(conversation: ConversationRef) -> Self {
        match conversation {
            ConversationRef::Conversation(id) | ConversationRef::User { user: Selector::Conversation(id), .. } => {
                Self::Conversation(ConversationId(id))
            }
            ConversationRef::User { number, user: Selector::Phone(digits) } => {
                let user = UserProfile::new().wa_id(WaId::new(digits));
                Self::User(PhoneNumberId::new(number), user)
            }
            ConversationRef::User { number, user: Selector::Bsuid(id) } => {
                let user = UserProfile::new().bsuid(Bsuid::new(id));
                Self::User(PhoneNumberId::new(number), user)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_selector_tells_its_kind() {
        let phone = |digits: &str| Ok(Selector::Phone(digits.into()));
        for (text, expected) in [
            ("+34 600-000-000", phone("34600000000")),
            ("34600000000", phone("34600000000")),
            ("+123", phone("123")),
            ("ES.1234", Ok(Selector::Bsuid("ES.1234".into()))),
            ("US.ENT.7", Ok(Selector::Bsuid("US.ENT.7".into()))),
            ("7", Ok(Selector::Conversation(7))),
            ("#12345678", Ok(Selector::Conversation(12_345_678))),
        ] {
            assert_eq!(text.parse::<Selector>(), expected, "{text}");
        }
        for text in ["", "+", "Ana", "es.1", "ES.", "#", "#a", "34.600"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_hides_users() {
        let shown = format!("{:?}", [Selector::Phone("34600000000".into()), Selector::Bsuid("ES.1".into())]);
        assert!(!shown.contains("346") && !shown.contains("ES.1"), "{shown}");
    }
}
