//! Sessions of agents.

use std::fmt;

use bytes::Bytes;

use crate::ids::{InboxSeq, SessionId};
use crate::redact;

/// Maximum size in bytes of the history entries that one call returns.
pub const MAX_HISTORY_BYTES: usize = 512 * 1024;

/// A session with its newest history. `Debug` output contains neither the label, which may be a phone number, nor the content.
#[derive(Clone)]
pub struct StoredSession {
    /// Key of the session.
    pub id: SessionId,
    /// Id under which the agent knows the session.
    pub label: String,
    /// Newest history entries, oldest first, at most [`MAX_HISTORY_BYTES`].
    pub entries: Vec<SessionEntry>,
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

/// A history entry of a session. `Debug` output contains no content.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionEntry {
    /// Position of the entry. A later entry has a higher position.
    pub seq: i64,
    /// Content. The store does not interpret the content.
    pub body: Bytes,
}

impl fmt::Debug for SessionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEntry").field("seq", &self.seq).field("body", &redact::length(&self.body)).finish()
    }
}

/// Changes to a session. `Debug` output contains no content.
#[derive(Clone)]
pub struct SessionWrite {
    /// Key of the session.
    pub id: SessionId,
    /// Entries to append, oldest first.
    pub append: Vec<NewSessionEntry>,
    /// New session state; `None` leaves the state unchanged.
    pub state: Option<Bytes>,
    /// New memory of the session's agent; `None` leaves the memory unchanged.
    pub memory: Option<Bytes>,
}

impl fmt::Debug for SessionWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionWrite")
            .field("id", &self.id)
            .field("append", &self.append.len())
            .field("state", &redact::optional_length(self.state.as_ref()))
            .field("memory", &redact::optional_length(self.memory.as_ref()))
            .finish()
    }
}

/// A history entry to append. `Debug` output contains no content.
///
/// ```
/// use bytes::Bytes;
/// use waxwing_store::{InboxSeq, NewSessionEntry};
///
/// let question = NewSessionEntry { body: Bytes::from("When do you open?"), source: Some(InboxSeq(7)) };
/// let answer = NewSessionEntry::from(Bytes::from("At nine."));
/// assert_eq!(answer.source, None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NewSessionEntry {
    /// Content. The store does not interpret the content.
    pub body: Bytes,
    /// The inbox message whose text the entry contains. The entry is erased with the user who wrote that message.
    pub source: Option<InboxSeq>,
}

impl From<Bytes> for NewSessionEntry {
    /// Creates an entry that contains no text of a user.
    fn from(body: Bytes) -> Self {
        Self { body, source: None }
    }
}

impl fmt::Debug for NewSessionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSessionEntry")
            .field("body", &redact::length(&self.body))
            .field("source", &self.source)
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
