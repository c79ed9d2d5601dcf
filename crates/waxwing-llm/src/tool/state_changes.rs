//! What a call changed in the session's state or in the memory, so that a repeated run, which does not make the call again, changes the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waxwing_agent::{AgentError, RunContext, SessionState};

/// The states that a call can change, as they were at one time.
pub(super) struct Snapshot {
    session: Map<String, Value>,
    memory: Map<String, Value>,
}

/// What a call changed.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Changes {
    #[serde(skip_serializing_if = "Difference::is_empty")]
    session: Difference,
    #[serde(skip_serializing_if = "Difference::is_empty")]
    memory: Difference,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Difference {
    set: Map<String, Value>,
    removed: Vec<String>,
}

impl Snapshot {
    pub(super) fn of(ctx: &RunContext) -> Self {
        Self { session: ctx.session().state().snapshot(), memory: ctx.memory().state().snapshot() }
    }
}

impl Changes {
    /// What has been changed since.
    pub(super) fn since(before: &Snapshot, ctx: &RunContext) -> Self {
        let now = Snapshot::of(ctx);
        Self {
            session: Difference::between(&before.session, now.session),
            memory: Difference::between(&before.memory, now.memory),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.session.is_empty() && self.memory.is_empty()
    }

    /// Changes the same again.
    pub(super) fn apply(&self, ctx: &RunContext) -> Result<(), AgentError> {
        self.session.apply(ctx.session().state())?;
        self.memory.apply(ctx.memory().state())
    }
}

impl Difference {
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

    /// Makes a change, and makes it again from its record where another change was made before.
    #[track_caller]
    fn check(first: Change, change: Change) {
        let (once, again) = (context(), context());
        first(&once);
        first(&again);
        let before = Snapshot::of(&once);
        change(&once);
        let journaled = serde_json::to_vec(&Changes::since(&before, &once)).unwrap();
        serde_json::from_slice::<Changes>(&journaled).unwrap().apply(&again).unwrap();
        assert_eq!(again.session().changed_state(), once.session().changed_state());
        assert_eq!(again.memory().state().changed(), once.memory().state().changed());
    }

    #[test]
    fn changes_are_made_again() {
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
