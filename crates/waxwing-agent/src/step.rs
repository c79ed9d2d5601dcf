//! Step of a run.

use std::fmt;

/// A step of a run: its name, and whether it can be repeated.
///
/// ```
/// use waxwing_agent::{AgentError, RunContext, Step};
///
/// # async fn example() -> Result<(), AgentError> {
/// let ctx = RunContext::in_memory("34600000000");
/// let receipt: String = ctx
///     .step_with(Step::once("charge the card"), |key| async move {
///         // The payment provider gets `key`, and so recognizes a repeated request.
///         Ok::<_, AgentError>(format!("paid: {key}"))
///     })
///     .await?;
/// assert_eq!(receipt, "paid: run:charge the card:0");
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Step {
    pub(crate) name: String,
    pub(crate) is_once: bool,
}

impl Step {
    /// Creates a step that a repeated run runs again if the step did not finish. The step gets the same [`IdempotencyKey`] each time.
    pub fn repeatable(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_once: false }
    }

    /// Creates a step that starts at most once. If an earlier run of the turn started the step and no result is recorded, the agent gets an
    /// error for which [`AgentError::is_unfinished_step`](crate::AgentError::is_unfinished_step) returns true. Such a step costs one more
    /// write than a repeatable step.
    pub fn once(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_once: true }
    }
}

/// Identifies a step within a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StepKey {
    /// Name of the step, with the scopes around it.
    pub name: String,
    /// Number of earlier steps of the run with the same name.
    pub nth: u32,
}

impl StepKey {
    /// Creates the key of the step with this name that follows `nth` steps of the same name.
    pub fn new(name: impl Into<String>, nth: u32) -> Self {
        Self { name: name.into(), nth }
    }
}

/// Identifies a step over all repetitions of its run. Pass the key to services that recognize repeated requests.
///
/// `Display` gives the key, as [`as_str`](Self::as_str) does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub(crate) fn new(run_id: &str, key: &StepKey) -> Self {
        Self(format!("{run_id}:{}:{}", key.name, key.nth))
    }

    /// Returns the key as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
