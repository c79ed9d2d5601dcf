//! Data of conversations.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waxwing::store::{ConversationRecord, ConversationRow, Peer, SessionRecord, Timestamp};

use super::identity::UserView;

/// A conversation. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversationView {
    /// Id of the conversation.
    pub id: i64,
    /// Id of the business number.
    pub number: String,
    /// The user, in a one-to-one conversation.
    pub user: Option<UserView>,
    /// Id of the group, in a group.
    pub group: Option<String>,
    /// End of the pause of the agent; the greatest time if the pause lasts until an operator resumes the agent.
    pub paused_until: Option<i64>,
    /// Whether another app owns the conversation, so that no agent answers.
    #[serde(default)]
    pub other_app: bool,
    /// Whether the user wants no marketing messages.
    #[serde(default)]
    pub marketing_stopped: bool,
    /// Number of pending messages.
    pub waiting: u32,
    /// Time of the first message.
    pub created_at: i64,
}

impl From<ConversationRow> for ConversationView {
    fn from(row: ConversationRow) -> Self {
        let (user, group) = match row.peer {
            Peer::User(identity) => (Some(identity.into()), None),
            Peer::Group(id) => (None, Some(id.as_str().to_owned())),
        };
        Self {
            id: row.id.0,
            number: row.number.as_str().to_owned(),
            user,
            group,
            paused_until: row.paused_until.map(Timestamp::as_millis),
            other_app: row.is_with_other_app,
            marketing_stopped: row.has_stopped_marketing,
            waiting: row.waiting,
            created_at: row.created_at.as_millis(),
        }
    }
}

/// Data that is stored about a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversationDataView {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: ConversationView,
    /// Number of received messages.
    pub received: u32,
    /// Number of messages in the outbox, sent or waiting.
    pub sent: u32,
    /// Number of entries of the conversation log.
    pub entries: u32,
    /// Sessions of agents, newest first.
    pub sessions: Vec<SessionView>,
    /// Memories of agents.
    pub memories: Vec<MemoryView>,
}

impl From<ConversationRecord> for ConversationDataView {
    fn from(record: ConversationRecord) -> Self {
        Self {
            conversation: record.row.into(),
            received: record.received,
            sent: record.sent,
            entries: record.entries,
            sessions: record.sessions.into_iter().map(SessionView::from).collect(),
            memories: record
                .memories
                .into_iter()
                .map(|(agent, body)| MemoryView { agent, memory: serde_json::from_slice(&body).unwrap_or_default() })
                .collect(),
        }
    }
}

/// A session. `Debug` output hides its label and its state.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionView {
    /// Name of the agent.
    pub agent: String,
    /// Session id of the agent's runs, usually the phone number.
    pub label: String,
    /// True if the next turn continues this session.
    pub is_current: bool,
    /// Session state.
    pub state: Value,
    /// Time of the last use, in milliseconds since the Unix epoch.
    pub used_at: i64,
}

impl From<SessionRecord> for SessionView {
    fn from(record: SessionRecord) -> Self {
        let state = record.state.and_then(|state| serde_json::from_slice(&state).ok());
        Self {
            agent: record.agent,
            label: record.label,
            is_current: record.is_current,
            state: state.unwrap_or_default(),
            used_at: record.used_at.as_millis(),
        }
    }
}

impl fmt::Debug for SessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionView")
            .field("agent", &self.agent)
            .field("is_current", &self.is_current)
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}

/// The memory of an agent across sessions. `Debug` output hides the memory.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemoryView {
    /// Name of the agent.
    pub agent: String,
    /// The memory, as [`Memory::restored`](waxwing::agent::Memory::restored) reads it.
    pub memory: Map<String, Value>,
}

impl fmt::Debug for MemoryView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryView").field("agent", &self.agent).finish_non_exhaustive()
    }
}
