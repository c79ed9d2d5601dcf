//! Entry of a session's history.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

/// An earlier message of the conversation.
///
/// `Debug` output does not contain the text.
///
/// ```
/// use waxwing_agent::{HistoryEntry, Role, Session};
///
/// let history = vec![HistoryEntry::new(Role::User, "hi"), HistoryEntry::new(Role::Agent, "Hello!")];
/// let session = Session::restored("34600000000", history, serde_json::Map::new());
/// assert_eq!(session.history()[1].text, "Hello!");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// Position in the session. Positions increase from entry to entry, with gaps. 0 if the position is not known.
    #[serde(skip)]
    pub seq: i64,
    /// Author of the message.
    pub role: Role,
    /// Text of the message. Empty for media without a caption.
    pub text: String,
    /// Kinds of the media of the message, in English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Author of an entry of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// An operator: a person of the business who answered instead of the agent.
    Operator,
}

impl HistoryEntry {
    /// Creates an entry without media, position and time.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { seq: 0, role, text: text.into(), media: Vec::new(), at: 0 }
    }

    /// Sets the position in the session.
    pub fn with_seq(mut self, seq: i64) -> Self {
        self.seq = seq;
        self
    }

    /// Sets the kinds of the media.
    pub fn with_media(mut self, kinds: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.media = kinds.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the time, in milliseconds since the Unix epoch.
    pub fn with_time(mut self, at: i64) -> Self {
        self.at = at;
        self
    }
}

impl fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, role, text, media, at } = self;
        f.debug_struct("HistoryEntry")
            .field("seq", seq)
            .field("role", role)
            .field("text", &Redacted(text))
            .field("media", &media.len())
            .field("at", at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_text() {
        let entry = HistoryEntry::new(Role::User, "my secret").with_media(["image"]).with_seq(3).with_time(5);
        let shown = format!("{entry:?}");
        assert_eq!(shown, "HistoryEntry { seq: 3, role: User, text: 9 chars, media: 1, at: 5 }");
    }
}
