//! Steps whose results outlive a crash.
//!
//! An agent wraps what is expensive or has effects (a model call, a payment) in a step. The result is recorded with the run; when the run is repeated after a
//! crash, the recorded result comes back and the step is not run again. A step is known by its name and by which of the steps of that name it is, so an agent should
//! take its steps in the same order every time, and give steps that run side by side different names.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::AgentError;

/// Where the results of steps are kept.
#[async_trait]
pub trait Journal: Send + Sync {
    /// What is recorded of a step.
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError>;

    /// Records that a step begins. On return it is durable.
    async fn start(&self, key: &StepKey) -> Result<(), AgentError>;

    /// Records the result of a step as JSON. On return it is durable.
    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError>;
}

/// What is recorded of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepStatus {
    /// Nothing.
    NotStarted,
    /// It began, and nobody knows how it ended.
    Started,
    /// It ended with this result, as JSON.
    Finished(Vec<u8>),
}

/// Which step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepKey {
    /// Its name.
    pub name: String,
    /// How many steps of that name came before it in the run.
    pub nth: u32,
}

/// A step's name, and what happens to it when an earlier run began it and did not finish.
#[derive(Debug, Clone)]
pub struct Step {
    pub(crate) name: String,
    pub(crate) once: bool,
}

impl Step {
    /// A step that is run again if it was not finished. It gets the same idempotency key again, to hand on to whoever can recognise a repeat.
    pub fn repeatable(name: impl Into<String>) -> Self {
        Self { name: name.into(), once: false }
    }

    /// A step that is never begun twice: where an earlier run of the turn began it and recorded no result, because it crashed or failed, the
    /// agent gets an error for which
    /// [`AgentError::is_unfinished_step`] holds, and can ask the user or fail. Costs one more write than a repeatable one.
    pub fn once(name: impl Into<String>) -> Self {
        Self { name: name.into(), once: true }
    }
}

/// Names one step of one run, the same in every repetition of the run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub(crate) fn new(run: &str, key: &StepKey) -> Self {
        Self(format!("{run}:{}:{}", key.name, key.nth))
    }

    /// The key as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A journal that lives as long as it is kept: for tests, and for agents that run without an engine.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<HashMap<StepKey, StepStatus>>);

impl MemoryJournal {
    fn put(&self, key: &StepKey, recorded: StepStatus) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), recorded);
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(steps.get(key).cloned().unwrap_or(StepStatus::NotStarted))
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.put(key, StepStatus::Started);
        Ok(())
    }

    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        self.put(key, StepStatus::Finished(result));
        Ok(())
    }
}
