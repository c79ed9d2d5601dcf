//! Session of a conversation.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::AgentError;
use crate::history_entry::HistoryEntry;
use crate::session_state::SessionState;

/// The history and the state of a conversation with one agent.
///
/// The history has the messages and events before this turn. The [state](SessionState) holds values of the agent and its tools. The command `/new`
/// starts another session. `Debug` output contains no personal data.
///
/// ```
/// use waxwing_agent::{AgentError, Session};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let session = Session::new("34600000000");
/// session.set("count", 1)?;
/// assert_eq!(session.get("count"), Some(1));
/// assert!(session.changed_state().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Session {
    id: String,
    history: Vec<HistoryEntry>,
    state: SessionState,
}

impl Session {
    /// Creates a session without history and state.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Creates a session from its history, oldest entry first, and its last committed state.
    pub fn restored(id: impl Into<String>, history: Vec<HistoryEntry>, state: Map<String, Value>) -> Self {
        Self { id: id.into(), history, state: SessionState::restored(state) }
    }

    /// Returns the id: the id of the user, with a suffix if the conversation had an earlier session.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the messages and events before this turn, oldest first.
    pub fn history(&self) -> &[HistoryEntry] {
        &self.history
    }

    /// Returns the state.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// Returns a value of the state. See [`SessionState::get`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.state.get(key)
    }

    /// Sets a value of the state.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be serialized as JSON.
    pub fn set(&self, key: impl Into<String>, value: impl Serialize) -> Result<(), AgentError> {
        self.state.set(key, value)
    }

    /// Removes a value of the state.
    pub fn remove(&self, key: &str) {
        self.state.remove(key);
    }

    /// Returns the whole state if this run changed it. An engine commits the state together with the reply.
    pub fn changed_state(&self) -> Option<Map<String, Value>> {
        self.state.changed()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, history, state } = self;
        let history = history.len();
        f.debug_struct("Session").field("history", &history).field("state", state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history_entry::Role;

    #[test]
    fn debug_output_has_no_personal_data() {
        let history = vec![HistoryEntry::new(Role::User, "my secret")];
        let state = Map::from_iter([("address".into(), "a secret".into())]);
        let session = Session::restored("34600000001", history, state);
        assert_eq!(
            format!("{session:?}"),
            "Session { history: 1, state: SessionState { values: 1, changed: false }, .. }"
        );
    }
}
