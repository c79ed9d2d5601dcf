//! The history and the state of a conversation.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AgentError, SessionState};

/// What an agent remembers of a conversation.
///
/// The history is what was said before this turn. The [state](SessionState) is for the agent and its tools.
#[derive(Debug, Default)]
pub struct Session {
    id: String,
    history: Vec<HistoryEntry>,
    state: SessionState,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Its place in the session: it rises from entry to entry, though not by one. 0 where that is not known.
    #[serde(skip)]
    pub seq: i64,
    /// Who said it.
    pub role: Role,
    /// The words.
    pub text: String,
    /// Media that came with it, each as a word for its kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// A person of the business, who answered in the agent's place.
    Operator,
}

impl Session {
    /// A session without a past.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// A session with a past: entries oldest first, and the state as it was last committed.
    pub fn restored(id: impl Into<String>, history: Vec<HistoryEntry>, state: Map<String, Value>) -> Self {
        Self { id: id.into(), history, state: SessionState::restored(state) }
    }

    /// What the session is known by: the user's id, or the user's id and a suffix for a later session of the same conversation.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was said before this turn, oldest first.
    pub fn history(&self) -> &[HistoryEntry] {
        &self.history
    }

    /// The state.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// A value of the state; none if it is absent or of another shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.state.get(key)
    }

    /// Sets a value of the state.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn set(&self, key: impl Into<String>, value: impl Serialize) -> Result<(), AgentError> {
        self.state.set(key, value)
    }

    /// Removes a value of the state.
    pub fn remove(&self, key: &str) {
        self.state.remove(key);
    }

    /// The whole state if this run changed it: what an engine commits with the reply.
    pub fn changed_state(&self) -> Option<Map<String, Value>> {
        self.state.changed()
    }
}
