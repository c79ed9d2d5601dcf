//! Reports on the data that is stored about a user.

use std::fmt;

use bytes::Bytes;

use crate::conversation::ConversationRow;
use crate::ids::ConversationId;
use crate::redact;
use crate::time::Timestamp;
use crate::user::UserIdentity;

/// Data that is stored about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    /// Users who match the key, newest first: several if a phone number has had several owners, or if Meta joined two identities.
    pub users: Vec<UserRecord>,
    /// One-to-one conversations of the users, newest first.
    pub conversations: Vec<ConversationRecord>,
    /// Number of messages that the users wrote in groups.
    pub group_messages: u32,
}

/// A stored user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Ids and names.
    pub identity: UserIdentity,
    /// Time at which the user was first seen.
    pub known_since: Timestamp,
}

/// Data that is stored about a conversation. `Debug` output contains no memory.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationRecord {
    /// The conversation.
    pub row: ConversationRow,
    /// Number of inbox messages, from the user or from the business.
    pub received: u32,
    /// Number of outbox rows, sent or waiting.
    pub sent: u32,
    /// Number of entries of the conversation log.
    pub entries: u32,
    /// Sessions of agents, newest first.
    pub sessions: Vec<SessionRecord>,
    /// Memory of each agent across sessions, by the name of the agent. The store does not interpret a memory.
    pub memories: Vec<(String, Bytes)>,
}

impl fmt::Debug for ConversationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationRecord")
            .field("row", &self.row)
            .field("received", &self.received)
            .field("sent", &self.sent)
            .field("entries", &self.entries)
            .field("sessions", &self.sessions)
            .field("memories", &self.memories.len())
            .finish()
    }
}

/// Data that is stored about a session. `Debug` output contains neither the label, which may be a phone number, nor the state.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Name of the agent.
    pub agent: String,
    /// Id under which the agent knows the session.
    pub label: String,
    /// Whether the next turn continues this session.
    pub is_current: bool,
    /// Session state. The store does not interpret the state.
    pub state: Option<Bytes>,
    /// Time of the last write to the session.
    pub used_at: Timestamp,
}

impl fmt::Debug for SessionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRecord")
            .field("agent", &self.agent)
            .field("is_current", &self.is_current)
            .field("state", &redact::optional_length(self.state.as_ref()))
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}

/// Numbers of rows that an erasure removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// Conversations whose turns lost their leases: the erased conversations of the user, and groups with pending messages of the user.
    pub conversations: Vec<ConversationId>,
    /// Inbox messages, including messages in groups.
    pub received: usize,
    /// Outbox rows.
    pub sent: usize,
    /// Statuses.
    pub statuses: usize,
    /// Entries of the conversation log.
    pub entries: usize,
    /// Sessions.
    pub sessions: usize,
    /// Quarantined items.
    pub quarantine: usize,
    /// Recipients of campaigns, and scheduled messages.
    pub recipients: usize,
}
