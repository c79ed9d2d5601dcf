//! Recorded results of steps.
//!
//! An agent wraps expensive work and effects, such as model calls and payments, in steps. The journal records the result of a step with the
//! run. If the run is repeated after a crash, the recorded result comes back and the step does not run again. A step is identified by its
//! name and by the number of earlier steps with the same name. An agent therefore takes its steps in the same order in each run, and gives
//! different names to steps that run at the same time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::error::AgentError;
use crate::step::StepKey;

/// Storage for the results of steps. An engine implements the journal on its database.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Returns the status of a step.
    ///
    /// # Errors
    ///
    /// Returns an error if the storage fails.
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError>;

    /// Records that a step starts. The record is durable when the method returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the storage fails, or if the run does not hold its conversation any more.
    async fn start(&self, key: &StepKey) -> Result<(), AgentError>;

    /// Records the result of a step, as JSON. The record is durable when the method returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the storage fails, or if the run does not hold its conversation any more.
    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError>;
}

/// Status of a step.
///
/// `Debug` output contains only the size of the result.
#[derive(Clone, PartialEq, Eq)]
pub enum StepStatus {
    /// The journal has no record of the step.
    NotStarted,
    /// The step started, and its outcome is unknown.
    Started,
    /// The step finished with this result, as JSON.
    Finished(Vec<u8>),
}

impl fmt::Debug for StepStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("NotStarted"),
            Self::Started => f.write_str("Started"),
            Self::Finished(result) => write!(f, "Finished({} bytes)", result.len()),
        }
    }
}

/// A journal in memory, for tests and for agents that run without an engine.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<HashMap<StepKey, StepStatus>>);

impl MemoryJournal {
    fn record(&self, key: &StepKey, status: StepStatus) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), status);
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(steps.get(key).cloned().unwrap_or(StepStatus::NotStarted))
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.record(key, StepStatus::Started);
        Ok(())
    }

    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        self.record(key, StepStatus::Finished(result));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_results() {
        let journal = MemoryJournal::default();
        journal.record(&StepKey::new("look up", 0), StepStatus::Finished(b"\"my secret\"".to_vec()));
        let shown = format!("{journal:?}");
        assert!(shown.contains("11 bytes") && !shown.contains("secret"), "{shown}");
    }
}
