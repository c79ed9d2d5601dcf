//! Entries of the conversation log.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing::store::{KeptMedium, LogEntry, MediaHash, Origin, Timestamp, UserIdentity, UserLogEntry};

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
    /// Medium of a received message, while its content is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<MediumView>,
}

/// A kept medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MediumView {
    /// SHA-256 hash of the content, in hexadecimal digits.
    pub sha256: String,
    /// MIME type.
    pub mime_type: String,
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
            medium: entry.medium.map(MediumView::from),
        }
    }
}

impl LogEntryView {
    /// Returns the entry of the log, without its run. None if its origin is of a newer version.
    pub fn into_entry(self) -> Option<LogEntry> {
        Some(LogEntry {
            seq: self.position,
            origin: Origin::parse(&self.origin)?,
            author: self.agent,
            kind: self.kind,
            user: self.user.map(UserIdentity::from),
            at: Timestamp::from_millis(self.at),
            run: None,
            content: self.content.to_string().into(),
            medium: self.medium.and_then(MediumView::into_medium),
            is_handled: self.handled,
        })
    }
}

impl From<KeptMedium> for MediumView {
    fn from(medium: KeptMedium) -> Self {
        Self { sha256: medium.hash.to_string(), mime_type: medium.mime_type }
    }
}

impl MediumView {
    fn into_medium(self) -> Option<KeptMedium> {
        Some(KeptMedium { hash: MediaHash::parse(&self.sha256)?, mime_type: self.mime_type })
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
