//! Descriptions of conversations.

use waxwing_types::PhoneNumberId;

use crate::ids::ConversationId;
use crate::time::Timestamp;
use crate::user::Peer;

/// A conversation of a turn.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Key of the conversation in this store.
    pub id: ConversationId,
    /// Key of the conversation for other systems: an opaque text that stays the same as long as the conversation exists.
    pub key: String,
    /// Business number.
    pub number: PhoneNumberId,
    /// The user or the group.
    pub peer: Peer,
}

/// A conversation, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Key of the conversation.
    pub id: ConversationId,
    /// Business number.
    pub number: PhoneNumberId,
    /// The user or the group.
    pub peer: Peer,
    /// End of the human handoff; `None` if the agent answers, [`Timestamp::MAX`] if a human answers until the conversation is resumed.
    pub paused_until: Option<Timestamp>,
    /// Whether another app owns the conversation, so that no agent answers.
    pub is_with_other_app: bool,
    /// Whether the user wants no marketing messages.
    pub has_stopped_marketing: bool,
    /// Number of messages that wait for a turn.
    pub waiting: u32,
    /// Time at which the conversation was created.
    pub created_at: Timestamp,
}
