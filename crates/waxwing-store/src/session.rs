//! Sessions of agents.

use std::fmt;

use bytes::Bytes;

use crate::ids::SessionId;
use crate::log::LogEntry;
use crate::redact;

/// A session with its newest history. `Debug` output contains neither the label, which may be a phone number, nor the content.
#[derive(Clone)]
pub struct StoredSession {
    /// Key of the session.
    pub id: SessionId,
    /// Id under which the agent knows the session.
    pub label: String,
    /// Newest handled entries of the conversation log since the session began, oldest first, at most
    /// [`MAX_HISTORY_BYTES`](crate::MAX_HISTORY_BYTES).
    pub entries: Vec<LogEntry>,
    /// Session state. The store does not interpret the state.
    pub state: Option<Bytes>,
    /// Memory of the agent in this conversation across sessions. The store does not interpret the memory.
    pub memory: Option<Bytes>,
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("id", &self.id)
            .field("entries", &self.entries.len())
            .field("state", &redact::optional_length(self.state.as_ref()))
            .field("memory", &redact::optional_length(self.memory.as_ref()))
            .finish_non_exhaustive()
    }
}

/// Changes to a session. `Debug` output contains no content.
#[derive(Clone)]
pub struct SessionWrite {
    /// Key of the session.
    pub id: SessionId,
    /// New session state; `None` leaves the state unchanged.
    pub state: Option<Bytes>,
    /// New memory of the session's agent; `None` leaves the memory unchanged.
    pub memory: Option<Bytes>,
}

impl fmt::Debug for SessionWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionWrite")
            .field("id", &self.id)
            .field("state", &redact::optional_length(self.state.as_ref()))
            .field("memory", &redact::optional_length(self.memory.as_ref()))
            .finish()
    }
}

/// A session to create. `Debug` output does not contain the label, which may be a phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Name of the agent.
    pub agent: String,
    /// Id under which the agent knows the session.
    pub label: String,
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession").field("agent", &self.agent).finish_non_exhaustive()
    }
}
