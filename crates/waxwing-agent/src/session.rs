//! The history and the state of a conversation.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::AgentError;

/// What an agent remembers of a conversation.
///
/// The history is what was said before this turn. The state is a JSON object for the agent and its tools; a change becomes visible to later turns together with
/// the reply, in one transaction: a run that fails or is repeated begins with the state as it was.
#[derive(Debug, Default)]
pub struct Session {
    id: String,
    history: Vec<Entry>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    values: Map<String, Value>,
    changed: bool,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
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
}

impl Session {
    /// A session without a past.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// A session with a past: entries oldest first, and the state as it was last committed.
    pub fn restored(id: impl Into<String>, history: Vec<Entry>, state: Map<String, Value>) -> Self {
        Self { id: id.into(), history, state: Mutex::new(State { values: state, changed: false }) }
    }

    /// What the session is known by: the user's id, or the user's id and a suffix for a later session of the same conversation.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was said before this turn, oldest first.
    pub fn history(&self) -> &[Entry] {
        &self.history
    }

    /// A value of the state; none if it is absent or of another shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state().values.get(key).cloned()?;
        serde_json::from_value(value).ok()
    }

    /// Sets a value of the state.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn set(&self, key: impl Into<String>, value: impl Serialize) -> Result<(), AgentError> {
        let value = serde_json::to_value(value)?;
        let mut state = self.state();
        state.values.insert(key.into(), value);
        state.changed = true;
        Ok(())
    }

    /// Removes a value of the state.
    pub fn remove(&self, key: &str) {
        let mut state = self.state();
        state.changed |= state.values.remove(key).is_some();
    }

    /// The whole state if this run changed it: what an engine commits with the reply.
    pub fn changed_state(&self) -> Option<Map<String, Value>> {
        let state = self.state();
        state.changed.then(|| state.values.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_tells_whether_it_changed() {
        let session = Session::restored("1", Vec::new(), Map::from_iter([("n".into(), 1.into())]));
        assert_eq!(session.get::<u32>("n"), Some(1));
        assert_eq!(session.get::<String>("n"), None);
        session.remove("absent");
        assert_eq!(session.changed_state(), None);
        session.set("n", 2).unwrap();
        assert_eq!(session.changed_state(), Some(Map::from_iter([("n".into(), 2.into())])));
    }
}
