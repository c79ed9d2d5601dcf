//! State changes of a tool call.
//!
//! Changes of the session state and the memory are recorded with the result of the call. A repeated run does not make the call again and
//! applies the recorded changes instead.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waxwing_agent::{AgentError, RunContext, SessionState};

/// Session state and memory at one point in time.
pub(super) struct StateSnapshot {
    session: Map<String, Value>,
    memory: Map<String, Value>,
}

/// Changes of the session state and the memory.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StateChanges {
    #[serde(skip_serializing_if = "StateDiff::is_empty")]
    session: StateDiff,
    #[serde(skip_serializing_if = "StateDiff::is_empty")]
    memory: StateDiff,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct StateDiff {
    set: Map<String, Value>,
    removed: Vec<String>,
}

impl StateSnapshot {
    pub(super) fn take(ctx: &RunContext) -> Self {
        Self { session: ctx.session().state().snapshot(), memory: ctx.memory().state().snapshot() }
    }
}

impl StateChanges {
    /// Returns the changes since a snapshot.
    pub(super) fn since(before: &StateSnapshot, ctx: &RunContext) -> Self {
        let now = StateSnapshot::take(ctx);
        Self {
            session: StateDiff::between(&before.session, now.session),
            memory: StateDiff::between(&before.memory, now.memory),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.session.is_empty() && self.memory.is_empty()
    }

    /// Makes the same changes in another run.
    pub(super) fn apply(&self, ctx: &RunContext) -> Result<(), AgentError> {
        self.session.apply(ctx.session().state())?;
        self.memory.apply(ctx.memory().state())
    }
}

impl StateDiff {
    fn between(before: &Map<String, Value>, mut after: Map<String, Value>) -> Self {
        let removed = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
        after.retain(|key, value| before.get(key) != Some(value));
        Self { set: after, removed }
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    fn apply(&self, state: &SessionState) -> Result<(), AgentError> {
        self.removed.iter().for_each(|key| state.remove(key));
        self.set.iter().try_for_each(|(key, value)| state.set(key.clone(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use waxwing_agent::{Memory, Session};

    type Change = fn(&RunContext);

    fn context() -> RunContext {
        let state = json!({"a": 1, "b": 2});
        let session = Session::restored("s", Vec::new(), state.as_object().unwrap().clone());
        let memory = Memory::default();
        memory.remember("Has a dog.").unwrap();
        RunContext::builder("1", session).memory(Memory::restored(memory.state().snapshot())).build()
    }

    /// Makes a change in one run, and applies its record in a second run. Both runs made the change `first` before.
    #[track_caller]
    fn check(first: Change, change: Change) {
        let (once, again) = (context(), context());
        first(&once);
        first(&again);
        let before = StateSnapshot::take(&once);
        change(&once);
        let journaled = serde_json::to_vec(&StateChanges::since(&before, &once)).unwrap();
        serde_json::from_slice::<StateChanges>(&journaled).unwrap().apply(&again).unwrap();
        assert_eq!(again.session().changed_state(), once.session().changed_state());
        assert_eq!(again.memory().state().changed(), once.memory().state().changed());
    }

    #[test]
    fn recorded_changes_give_the_same_state() {
        let nothing: Change = |_| {};
        let set: Change = |ctx| ctx.session().set("a", 3).unwrap();
        let add: Change = |ctx| ctx.session().set("c", "new").unwrap();
        let remove: Change = |ctx| ctx.session().remove("b");
        let remember: Change = |ctx| assert_eq!(ctx.memory().remember("Has a cat.").unwrap(), 2);
        let forget: Change = |ctx| assert!(ctx.memory().forget(1));
        let all = [nothing, set, add, remove, remember, forget];
        for first in [nothing, set, add, remove] {
            for change in all {
                check(first, change);
            }
        }
    }
}
