//! Users who want no marketing messages.

use waxwing_types::PhoneNumberId;

use crate::ids::ConversationId;
use crate::time::Timestamp;
use crate::user::UserIdentity;

/// A user who wants no marketing messages from a business number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOut {
    /// The conversation.
    pub conversation: ConversationId,
    /// Key of the conversation for other systems.
    pub conversation_key: String,
    /// Business number.
    pub number: PhoneNumberId,
    /// The user.
    pub user: UserIdentity,
    /// Time of the choice.
    pub at: Option<Timestamp>,
}
