//! What a call changed in the session, so that a repeated run, which does not make the call again, changes the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waxwing_agent::{AgentError, Session};

/// What a call changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Changes {
    set: Map<String, Value>,
    removed: Removed,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Removed {
    /// These.
    Keys(Vec<String>),
    /// All that were not set: the call was the first of its run to change anything, and a session only shows its state once that has changed.
    Others,
}

/// The state as it was at one time, if the run had changed it by then.
pub(super) type Snapshot = Option<Map<String, Value>>;

impl Changes {
    /// What was changed in between; nothing if nothing was.
    pub(super) fn between(before: &Snapshot, after: Snapshot) -> Option<Self> {
        let mut after = after?;
        let removed = match before {
            None => Removed::Others,
            Some(before) => {
                let removed = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
                after.retain(|key, value| before.get(key) != Some(value));
                Removed::Keys(removed)
            }
        };
        let nothing = after.is_empty() && removed == Removed::Keys(Vec::new());
        (!nothing).then_some(Self { set: after, removed })
    }

    /// Changes the same again.
    pub(super) fn apply(&self, session: &Session) -> Result<(), AgentError> {
        // A call beside this one, made in earnest, may have set a key of its own by now.
        let is_first = session.changed_state().is_none();
        for (key, value) in &self.set {
            session.set(key.clone(), value)?;
        }
        match &self.removed {
            Removed::Keys(keys) => keys.iter().for_each(|key| session.remove(key)),
            Removed::Others if is_first => {
                // A change, so that the session shows its state; it goes with the others.
                session.set("", Value::Null)?;
                let state = session.changed_state().unwrap_or_default();
                state.keys().filter(|key| !self.set.contains_key(*key)).for_each(|key| session.remove(key));
            }
            Removed::Others => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Change = fn(&Session);

    /// Makes changes, the last of them watched; makes the last again where those before it were made.
    #[track_caller]
    fn check(changes: &[Change]) {
        let session = || {
            let state = json!({"a": 1, "b": 2});
            Session::restored("s", Vec::new(), state.as_object().unwrap().clone())
        };
        let (last, first) = changes.split_last().unwrap();
        let (once, again) = (session(), session());
        for change in first {
            change(&once);
            change(&again);
        }
        let before = once.changed_state();
        last(&once);
        if let Some(changes) = Changes::between(&before, once.changed_state()) {
            let journaled = serde_json::to_vec(&changes).unwrap();
            serde_json::from_slice::<Changes>(&journaled).unwrap().apply(&again).unwrap();
        }
        assert_eq!(again.changed_state(), once.changed_state());
    }

    #[test]
    fn changes_are_made_again() {
        let nothing: Change = |_| {};
        let set: Change = |session| session.set("a", 3).unwrap();
        let add: Change = |session| session.set("c", "new").unwrap();
        let remove: Change = |session| session.remove("b");
        let clear: Change = |session| ["a", "b", "c"].iter().for_each(|key| session.remove(key));
        check(&[nothing]);
        for change in [set, add, remove, clear] {
            check(&[change]);
            check(&[change, nothing]);
            for first in [set, add, remove] {
                check(&[first, change]);
            }
        }
    }
}
