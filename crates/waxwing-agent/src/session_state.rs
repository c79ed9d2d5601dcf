//! JSON values that a run can change.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::AgentError;

/// A JSON object that agents and tools read and change during a run.
///
/// The engine commits changes together with the reply, in one transaction. A run that fails or is repeated starts with the object as it was
/// before. `Debug` output contains no values.
///
/// ```
/// use waxwing_agent::{AgentError, SessionState};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let state = SessionState::default();
/// state.update("basket", |basket: &mut Vec<String>| basket.push("Funghi".into()))?;
/// assert_eq!(state.get("basket"), Some(vec!["Funghi".to_owned()]));
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct SessionState(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    values: Map<String, Value>,
    changed: bool,
}

impl SessionState {
    /// Creates the state from the values that were committed last.
    pub fn restored(values: Map<String, Value>) -> Self {
        Self(Mutex::new(Inner { values, changed: false }))
    }

    /// Returns a value. Returns `None` if the key is absent or if the value does not have the type `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.inner().values.get(key).cloned()?;
        serde_json::from_value(value).ok()
    }

    /// Sets a value.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be serialized as JSON.
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

    /// Changes a value atomically, so that agents that run at the same time do not overwrite each other's changes. `change` gets the
    /// current value, or the default value of `T` if the key is absent or the value does not have the type `T`. Returns the result of
    /// `change`.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be serialized as JSON.
    pub fn update<T, R>(&self, key: &str, change: impl FnOnce(&mut T) -> R) -> Result<R, AgentError>
    where
        T: DeserializeOwned + Serialize + Default,
    {
        let mut inner = self.inner();
        let current = inner.values.get(key).cloned();
        let mut value: T = current.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let before = serde_json::to_value(&value)?;
        let result = change(&mut value);
        let after = serde_json::to_value(value)?;
        if before != after {
            inner.values.insert(key.to_owned(), after);
            inner.changed = true;
        }
        Ok(result)
    }

    /// Returns a copy of all values.
    pub fn snapshot(&self) -> Map<String, Value> {
        self.inner().values.clone()
    }

    /// Returns a copy of all values if this run changed any of them.
    pub fn changed(&self) -> Option<Map<String, Value>> {
        let inner = self.inner();
        inner.changed.then(|| inner.values.clone())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        let values = inner.values.len();
        f.debug_struct("SessionState").field("values", &values).field("changed", &inner.changed).finish()
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
    fn a_state_reports_whether_it_changed() {
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
    fn an_update_starts_with_the_current_value() {
        let state = state();
        state.update("n", |n: &mut u32| *n += 0).unwrap();
        assert_eq!(state.changed(), None, "nothing has changed");
        assert_eq!(state.update("n", |n: &mut u32| std::mem::replace(n, 5)).unwrap(), 1);
        state.update("list", |list: &mut Vec<u8>| list.push(7)).unwrap();
        assert_eq!(state.snapshot(), *json!({"n": 5, "list": [7]}).as_object().unwrap());
    }

    #[test]
    fn debug_output_has_no_values() {
        let state = SessionState::restored(Map::from_iter([("name".into(), "Ana".into())]));
        assert_eq!(format!("{state:?}"), "SessionState { values: 1, changed: false }");
    }
}
