//! State of an emulator as a whole.

use serde_json::Value;

use super::Emulator;
use crate::state::{self, NextIds, StateError};

impl Emulator {
    /// Returns to the state after the start: no users, chats, faults or timeline; the templates, rules and behavior of the start.
    ///
    /// Settings, seed and webhook stay. A running scenario stops, and the clock loses the time by which it was advanced. Handles of
    /// users become invalid.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// use waxwing_emulator::{Emulator, NextIds};
    ///
    /// let emulator = Emulator::builder().without_port().start().await?;
    /// emulator.user("+34600000000");
    /// emulator.reset(NextIds::Restart);
    /// assert!(emulator.timeline().is_empty());
    /// # Ok(()) }
    /// ```
    pub fn reset(&self, next_ids: NextIds) {
        state::reset(&self.shared, next_ids);
    }

    /// Returns the whole state as JSON, for [`import_state`](Self::import_state).
    ///
    /// # Errors
    ///
    /// Returns [`StateError::Busy`] while webhooks, messages or steps of a scenario are on their way.
    pub fn export_state(&self) -> Result<Value, StateError> {
        state::export(&self.shared)
    }

    /// Replaces the whole state by one that [`export_state`](Self::export_state) has returned. Ids go on as in that state.
    ///
    /// Settings of the start stay: secrets, webhook, app. Work on its way ends.
    ///
    /// # Errors
    ///
    /// Returns [`StateError::Invalid`] with the place of a wrong value, or if the state belongs to another account or number. Nothing
    /// changes then.
    pub fn import_state(&self, state: &Value) -> Result<(), StateError> {
        state::import(&self.shared, state.to_string().as_bytes())
    }
}
