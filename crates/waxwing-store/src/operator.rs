//! What people of the business do: they look conversations up, and take part in them.

use bytes::Bytes;
use waxwing_types::{OutboundContent, PhoneNumberId, UserProfile};

use crate::{ConversationId, Peer, Timestamp, UserKey};

/// What a person of the business does in a conversation.
#[derive(Debug, Clone)]
pub struct NewOperatorAction {
    /// Where.
    pub target: ConversationTarget,
    /// What names it: unlike any other intervention and any run.
    pub id: String,
    /// What is to be sent.
    pub content: Option<OutboundContent>,
    /// What the turn reads of it; the store does not look inside.
    pub body: Bytes,
}

/// Where somebody takes part.
#[derive(Debug, Clone)]
pub enum ConversationTarget {
    /// In a conversation.
    Conversation(ConversationId),
    /// In that of a user with a business number, which begins if there is none.
    User(PhoneNumberId, UserProfile),
}

/// Which conversations are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationFilter {
    /// All.
    All,
    /// Those that a person answers at this time.
    Paused,
    /// The one with this key.
    Id(ConversationId),
    /// Those of a user.
    User(UserKey),
}

/// A conversation, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its key.
    pub id: ConversationId,
    /// The business number.
    pub number: PhoneNumberId,
    /// Who is at the other end.
    pub peer: Peer,
    /// Until when a person answers it, if one does.
    pub paused_until: Option<Timestamp>,
    /// Messages that wait in it.
    pub waiting: u32,
    /// When it began.
    pub created_at: Timestamp,
}
