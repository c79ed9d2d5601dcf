//! Entries of the conversation log.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing::store::{LogEntry, UserLogEntry};

use super::identity::UserView;

/// An entry of the conversation log. `Debug` output hides the user and the content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogEntryView {
    /// Position in the log.
    pub position: i64,
    /// Time of the event, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Origin: `user`, `business_app`, `operator`, `agent` or `system`.
    pub origin: String,
    /// Name of the agent.
    pub agent: Option<String>,
    /// The user who wrote the message.
    pub user: Option<UserView>,
    /// Meta's type of a received message, else the form of the content, such as `reply`.
    pub kind: String,
    /// False for a message that waits for a turn.
    pub handled: bool,
    /// Content: the message as Meta sent it, or the parts that were sent.
    pub content: Value,
}

impl From<LogEntry> for LogEntryView {
    fn from(entry: LogEntry) -> Self {
        Self {
            position: entry.seq,
            at: entry.at.as_millis(),
            origin: entry.origin.as_str().to_owned(),
            agent: entry.author,
            user: entry.user.map(UserView::from),
            kind: entry.kind,
            handled: entry.is_handled,
            content: serde_json::from_slice(&entry.content).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for LogEntryView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEntryView")
            .field("position", &self.position)
            .field("at", &self.at)
            .field("origin", &self.origin)
            .field("agent", &self.agent)
            .field("kind", &self.kind)
            .field("handled", &self.handled)
            .finish_non_exhaustive()
    }
}

/// An entry of the log of a user, in any conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserLogEntryView {
    /// Id of the conversation.
    pub conversation: i64,
    /// Id of the entry in its conversation, in the order of arrival.
    pub id: i64,
    /// The entry.
    #[serde(flatten)]
    pub entry: LogEntryView,
}

impl From<UserLogEntry> for UserLogEntryView {
    fn from(found: UserLogEntry) -> Self {
        Self { conversation: found.key.conversation.0, id: found.key.entry, entry: found.entry.into() }
    }
}
