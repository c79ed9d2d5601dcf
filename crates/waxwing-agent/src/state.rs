//! JSON values that a run can change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::AgentError;

/// A JSON object that agents and tools read and change while a run goes on.
///
/// A change becomes visible to later turns together with the reply, in one transaction: a run that fails or is repeated begins with the object as it was.
#[derive(Debug, Default)]
pub struct SessionState(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    values: Map<String, Value>,
    changed: bool,
}

impl SessionState {
    /// The object as it was last committed.
    pub fn restored(values: Map<String, Value>) -> Self {
        Self(Mutex::new(Inner { values, changed: false }))
    }

    /// A value; none if it is absent or of another shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.inner().values.get(key).cloned()?;
        serde_json::from_value(value).ok()
    }

    /// Sets a value.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn set(&self, key: impl Into<String>, value: impl Serialize) -> Result<(), AgentError> {
        let value = serde_json::to_value(value)?;
        let mut inner = self.inner();
        inner.values.insert(key.into(), value);
        inner.changed = true;
        Ok(())
    }

    /// Removes a value.
    pub fn remove(&self, key: &str) {
        let mut inner = self.inner();
        inner.changed |= inner.values.remove(key).is_some();
    }

    /// Changes a value in one go, so that runs side by side lose nothing of each other: `change` gets what there is, or the default where there is
    /// nothing of this shape.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written as JSON.
    pub fn update<T, R>(&self, key: &str, change: impl FnOnce(&mut T) -> R) -> Result<R, AgentError>
    where
        T: DeserializeOwned + Serialize + Default,
    {
        let mut inner = self.inner();
        let found = inner.values.get(key).cloned();
        let mut value: T = found.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let before = serde_json::to_value(&value)?;
        let result = change(&mut value);
        let after = serde_json::to_value(value)?;
        if before != after {
            inner.values.insert(key.to_owned(), after);
            inner.changed = true;
        }
        Ok(result)
    }

    /// All of it.
    pub fn snapshot(&self) -> Map<String, Value> {
        self.inner().values.clone()
    }

    /// All of it if this run has changed it: what an engine commits with the reply.
    pub fn changed(&self) -> Option<Map<String, Value>> {
        let inner = self.inner();
        inner.changed.then(|| inner.values.clone())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state() -> SessionState {
        SessionState::restored(Map::from_iter([("n".into(), 1.into())]))
    }

    #[test]
    fn tells_whether_it_changed() {
        let state = state();
        assert_eq!(state.get::<u32>("n"), Some(1));
        assert_eq!(state.get::<String>("n"), None);
        state.remove("absent");
        assert_eq!(state.changed(), None);
        state.set("n", 2).unwrap();
        assert_eq!(state.changed(), Some(Map::from_iter([("n".into(), 2.into())])));
        assert_eq!(state.snapshot(), state.changed().unwrap());
    }

    #[test]
    fn an_update_begins_with_what_there_is() {
        let state = state();
        state.update("n", |n: &mut u32| *n += 0).unwrap();
        assert_eq!(state.changed(), None, "nothing has changed");
        assert_eq!(state.update("n", |n: &mut u32| std::mem::replace(n, 5)).unwrap(), 1);
        state.update("list", |list: &mut Vec<u8>| list.push(7)).unwrap();
        assert_eq!(state.snapshot(), *json!({"n": 5, "list": [7]}).as_object().unwrap());
    }
}
