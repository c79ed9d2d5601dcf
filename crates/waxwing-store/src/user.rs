//! What is kept of one person, and what was erased of them.

use bytes::Bytes;
use waxwing_types::{Bsuid, WaId};

use crate::{ConversationId, ConversationRow, Timestamp, UserIdentity};

/// What a person is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserKey {
    /// The WhatsApp id: whoever has it, and whoever had it of whom nothing else is known.
    Phone(WaId),
    /// The business-scoped id.
    Bsuid(Bsuid),
}

/// What is kept of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    /// Who is meant; several where a number has had several owners.
    pub users: Vec<UserRecord>,
    /// Their own conversations, the newest first.
    pub conversations: Vec<ConversationRecord>,
    /// Messages that they wrote in groups.
    pub group_messages: u32,
}

/// A user, as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Their ids and names.
    pub identity: UserIdentity,
    /// The business-scoped id over linked portfolios.
    pub parent_bsuid: Option<Bsuid>,
    /// When they were first heard of.
    pub known_since: Timestamp,
}

/// What is kept of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRecord {
    /// The conversation.
    pub row: ConversationRow,
    /// Messages that came in, or that people of the business wrote.
    pub received: u32,
    /// Messages on their way out, and those that went.
    pub sent: u32,
    /// What agents remember of it, the newest first.
    pub sessions: Vec<SessionRecord>,
    /// What agents keep across sessions, with their names; the store does not look inside.
    pub memories: Vec<(String, Bytes)>,
}

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose it is.
    pub agent: String,
    /// What agents know it by.
    pub label: String,
    /// Whether it goes on.
    pub is_current: bool,
    /// Entries of its history.
    pub entries: u32,
    /// The session state; the store does not look inside.
    pub state: Option<Bytes>,
    /// When something was last written to it.
    pub used_at: Timestamp,
}

/// What was erased of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// Conversations whose turns lost their leases: the person's own, which are gone, and groups that were answering them.
    pub conversations: Vec<ConversationId>,
    /// Messages that came in, those in groups among them.
    pub received: usize,
    /// Messages on their way out, and those that went.
    pub sent: usize,
    /// Statuses.
    pub statuses: usize,
    /// Sessions.
    pub sessions: usize,
    /// Parts of webhooks that were set aside.
    pub quarantine: usize,
}
