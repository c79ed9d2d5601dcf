//! Data that an agent keeps across sessions.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::AgentError;
use crate::redacted::Redacted;
use crate::session_state::SessionState;

/// Key of the facts in the state.
const FACTS: &str = "facts";

/// The data that one agent keeps of one conversation across sessions: facts about the user, and JSON values such as counters.
///
/// A new session does not reset the memory; erasing the user removes it. The engine commits changes at the end of the turn, also if the run
/// failed permanently. `Debug` output contains no personal data.
///
/// ```
/// use waxwing_agent::Memory;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let memory = Memory::default();
/// let id = memory.remember("Is allergic to nuts.")?;
/// assert_eq!(memory.facts()[0].text, "Is allergic to nuts.");
/// assert!(memory.forget(id));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Memory(SessionState);

/// A fact about the user.
///
/// `Debug` output does not contain the text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fact {
    /// Id of the fact within this memory. The id of a forgotten fact is not used again.
    pub id: u64,
    /// Text of the fact.
    pub text: String,
    /// Time at which the agent learned the fact, in milliseconds since the Unix epoch.
    pub at: i64,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Facts {
    last: u64,
    known: Vec<Fact>,
}

impl Memory {
    /// Largest number of facts.
    pub const MAX_FACTS: usize = 100;

    /// Longest text of a fact, in characters.
    pub const MAX_FACT_CHARS: usize = 500;

    /// Creates a memory from the values that were committed last.
    pub fn restored(values: Map<String, Value>) -> Self {
        Self(SessionState::restored(values))
    }

    /// Returns all data as JSON values, for counters or preferences.
    pub fn state(&self) -> &SessionState {
        &self.0
    }

    /// Returns the facts, oldest first.
    pub fn facts(&self) -> Vec<Fact> {
        self.0.get::<Facts>(FACTS).unwrap_or_default().known
    }

    /// Adds a fact, without white space at both ends, and returns the id of the fact. Returns the id of the existing fact if the memory
    /// contains the same text.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is empty or longer than [`MAX_FACT_CHARS`](Self::MAX_FACT_CHARS) characters, or if the memory contains
    /// [`MAX_FACTS`](Self::MAX_FACTS) facts.
    pub fn remember(&self, text: impl Into<String>) -> Result<u64, AgentError> {
        let text = text.into().trim().to_owned();
        if text.is_empty() || text.chars().count() > Self::MAX_FACT_CHARS {
            return Err(AgentError::new(format!("a fact must have 1 to {} characters", Self::MAX_FACT_CHARS)));
        }
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        self.0.update(FACTS, |facts: &mut Facts| {
            if let Some(known) = facts.known.iter().find(|fact| fact.text == text) {
                return Ok(known.id);
            }
            if facts.known.len() >= Self::MAX_FACTS {
                let message = format!("the memory is full: it has {} facts; forget one first", Self::MAX_FACTS);
                return Err(AgentError::new(message));
            }
            facts.last += 1;
            facts.known.push(Fact { id: facts.last, text, at });
            Ok(facts.last)
        })?
    }

    /// Removes the fact with this id. Returns false if the memory does not contain the fact.
    pub fn forget(&self, id: u64) -> bool {
        let forget = |facts: &mut Facts| {
            let before = facts.known.len();
            facts.known.retain(|fact| fact.id != id);
            facts.known.len() < before
        };
        self.0.update(FACTS, forget).unwrap_or(false)
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, text, at } = self;
        f.debug_struct("Fact").field("id", id).field("text", &Redacted(text)).field("at", at).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_kept_once_and_its_id_is_not_used_again() {
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
    fn the_number_and_the_length_of_facts_are_limited() {
        let memory = Memory::default();
        assert!(memory.remember(" ").is_err());
        assert!(memory.remember("é".repeat(Memory::MAX_FACT_CHARS)).is_ok());
        assert!(memory.remember("é".repeat(Memory::MAX_FACT_CHARS + 1)).is_err());
        (1..Memory::MAX_FACTS).for_each(|n| assert!(memory.remember(n.to_string()).is_ok()));
        assert!(memory.remember("one more").is_err());
        assert!(memory.forget(1));
        assert!(memory.remember("one more").is_ok());
    }

    #[test]
    fn debug_output_has_no_facts() {
        let memory = Memory::default();
        memory.remember("my secret").unwrap();
        let shown = format!("{memory:?} {:?}", memory.facts());
        assert!(shown.contains("9 chars") && !shown.contains("secret"), "{shown}");
    }
}
