//! The conversation log: everything that happened in a conversation.

use std::fmt;

use bytes::Bytes;

use crate::ids::ConversationId;
use crate::received_media::KeptMedium;
use crate::redact;
use crate::time::Timestamp;
use crate::user::UserIdentity;

/// Maximum size in bytes of the log entries that one call returns.
pub const MAX_HISTORY_BYTES: usize = 512 * 1024;

/// Kind of the log entries with calls of tools. Retention removes these entries earlier than others. The erasure of a group member removes those
/// of the runs that answered the member.
pub const TOOL_ROUND: &str = "tool_round";

/// Kind of the log entries with the transcript of a user's medium. The erasure of the user removes these entries.
pub const TRANSCRIPT: &str = "transcript";

/// Origin of a log entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A user wrote the message.
    User,
    /// The business wrote the message in the WhatsApp Business app. The user has already received it.
    BusinessApp,
    /// Another app wrote the message, as the owner of the conversation. The user has already received it.
    OtherApp,
    /// An operator acted on the conversation: see [`OperatorStore::record_operator_action`](crate::OperatorStore::record_operator_action).
    Operator,
    /// An agent answered.
    Agent,
    /// The channel itself wrote the message, such as an apology.
    System,
    /// Another system of the business reported an event: see [`ProactiveStore::record_event`](crate::ProactiveStore::record_event).
    External,
}

impl Origin {
    const ALL: [Self; 7] =
        [Self::User, Self::BusinessApp, Self::OtherApp, Self::Operator, Self::Agent, Self::System, Self::External];

    /// Returns the name under which the origin is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::BusinessApp => "business_app",
            Self::OtherApp => "other_app",
            Self::Operator => "operator",
            Self::Agent => "agent",
            Self::System => "system",
            Self::External => "external",
        }
    }

    /// Returns the origin with this name.
    ///
    /// ```
    /// use waxwing_store::Origin;
    ///
    /// assert_eq!(Origin::parse("agent"), Some(Origin::Agent));
    /// assert_eq!(Origin::parse("nobody"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }
}

/// An entry of the conversation log. `Debug` output contains no ids of users and no content.
#[derive(Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Position in the log. A later entry has a higher position. Messages have the position at which a turn handled them.
    pub seq: i64,
    /// Origin.
    pub origin: Origin,
    /// Name of the agent, for entries of [`Origin::Agent`].
    pub author: Option<String>,
    /// Meta's `type` of a received message, else the name of a form of content. The store does not interpret the kind.
    pub kind: String,
    /// The user who wrote the message, for entries of [`Origin::User`].
    pub user: Option<UserIdentity>,
    /// Time of the event. Received messages have Meta's time of sending, to the second.
    pub at: Timestamp,
    /// Key of the run that handled or wrote the entry.
    pub run: Option<String>,
    /// Content. The store does not interpret the content.
    pub content: Bytes,
    /// Medium of the message, if its content was [recorded](crate::ReceivedMediaStore::record_media).
    pub medium: Option<KeptMedium>,
    /// Whether a turn has handled the entry. The history of agents contains handled entries only.
    pub is_handled: bool,
}

impl fmt::Debug for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEntry")
            .field("seq", &self.seq)
            .field("origin", &self.origin)
            .field("author", &self.author)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("content", &redact::length(&self.content))
            .finish_non_exhaustive()
    }
}

/// Key of an entry over all conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    /// The conversation.
    pub conversation: ConversationId,
    /// Id of the entry in its conversation, in the order of arrival.
    pub entry: i64,
}

/// An entry of the log with its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserLogEntry {
    /// Key of the entry.
    pub key: LogKey,
    /// The entry.
    pub entry: LogEntry,
}

/// An entry to append to the conversation log. `Debug` output contains no content.
///
/// ```
/// use waxwing_store::{NewLogEntry, Origin};
///
/// let answer = NewLogEntry {
///     origin: Origin::Agent,
///     author: Some("support".into()),
///     kind: "reply".into(),
///     content: r#"[{"text":"At nine."}]"#.into(),
/// };
/// assert!(!format!("{answer:?}").contains("nine"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NewLogEntry {
    /// Origin.
    pub origin: Origin,
    /// Name of the agent.
    pub author: Option<String>,
    /// Name of the form of the content.
    pub kind: String,
    /// Content. The store does not interpret the content.
    pub content: Bytes,
}

impl fmt::Debug for NewLogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLogEntry")
            .field("origin", &self.origin)
            .field("author", &self.author)
            .field("kind", &self.kind)
            .field("content", &redact::length(&self.content))
            .finish()
    }
}
