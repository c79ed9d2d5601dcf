//! What an agent knows of a user across sessions.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AgentError, SessionState};

/// How many facts are kept of one user.
pub const MAX_FACTS: usize = 100;

/// How long a fact may be, in characters.
pub const MAX_FACT: usize = 500;

/// Where the facts are in the state.
const FACTS: &str = "facts";

/// What outlives sessions: it belongs to one conversation and one agent, and a new session does not reset it.
///
/// Changes are committed at the end of the turn, like those of the session's state, but also where the agent failed for good: what was counted counts. Whoever
/// erases a user erases it.
#[derive(Debug, Default)]
pub struct Memory(SessionState);

/// Something that is known of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Names it among the facts of this memory; not used again for another.
    pub id: u64,
    /// The words.
    pub text: String,
    /// When it was learned, in milliseconds since the Unix epoch.
    pub at: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Facts {
    last: u64,
    known: Vec<Fact>,
}

impl Memory {
    /// A memory as it was last committed.
    pub fn restored(values: Map<String, Value>) -> Self {
        Self(SessionState::restored(values))
    }

    /// All of it as JSON, for what is not words: counters, preferences.
    pub fn state(&self) -> &SessionState {
        &self.0
    }

    /// What is known, oldest first.
    pub fn facts(&self) -> Vec<Fact> {
        self.0.get::<Facts>(FACTS).unwrap_or_default().known
    }

    /// Keeps a fact and returns its id; that of an old one if it says the same.
    ///
    /// # Errors
    ///
    /// Where it is empty, longer than [`MAX_FACT`], or one too many: then something has to be forgotten first.
    pub fn remember(&self, text: impl Into<String>) -> Result<u64, AgentError> {
        let text = text.into().trim().to_owned();
        if text.is_empty() || text.chars().count() > MAX_FACT {
            return Err(AgentError::new(format!("a fact has 1 to {MAX_FACT} characters")));
        }
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        self.0.update(FACTS, |facts: &mut Facts| {
            if let Some(known) = facts.known.iter().find(|fact| fact.text == text) {
                return Ok(known.id);
            }
            if facts.known.len() >= MAX_FACTS {
                return Err(AgentError::new(format!("there are {MAX_FACTS} facts already: forget one first")));
            }
            facts.last += 1;
            facts.known.push(Fact { id: facts.last, text, at });
            Ok(facts.last)
        })?
    }

    /// Forgets a fact. False if there is none with this id.
    pub fn forget(&self, id: u64) -> bool {
        let forget = |facts: &mut Facts| {
            let before = facts.known.len();
            facts.known.retain(|fact| fact.id != id);
            facts.known.len() < before
        };
        self.0.update(FACTS, forget).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_kept_once_and_their_ids_are_not_used_again() {
        let memory = Memory::default();
        assert!(!memory.forget(1));
        assert_eq!(memory.state().changed(), None);
        assert_eq!(memory.remember(" Has a dog. ").unwrap(), 1);
        assert_eq!(memory.remember("Has a dog.").unwrap(), 1);
        assert!(memory.forget(1) && !memory.forget(1));
        assert_eq!(memory.remember("Has a cat.").unwrap(), 2);
        let again = Memory::restored(memory.state().changed().unwrap());
        assert_eq!(again.facts().iter().map(|fact| fact.text.as_str()).collect::<Vec<_>>(), ["Has a cat."]);
    }

    #[test]
    fn there_are_limits() {
        let memory = Memory::default();
        assert!(memory.remember(" ").is_err());
        assert!(memory.remember("é".repeat(MAX_FACT)).is_ok());
        assert!(memory.remember("é".repeat(MAX_FACT + 1)).is_err());
        (1..MAX_FACTS).for_each(|n| assert!(memory.remember(n.to_string()).is_ok()));
        assert!(memory.remember("one more").is_err());
        assert!(memory.forget(1));
        assert!(memory.remember("one more").is_ok());
    }
}
