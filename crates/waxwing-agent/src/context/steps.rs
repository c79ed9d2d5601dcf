//! Steps of a run.

use std::sync::PoisonError;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RunContext;
use crate::error::AgentError;
use crate::journal::StepStatus;
use crate::step::{IdempotencyKey, Step, StepKey};

impl RunContext {
    /// Runs a repeatable step: runs `work` and records its result, or returns the result that an earlier run of this turn recorded.
    ///
    /// # Errors
    ///
    /// Returns the error of `work`, which is not recorded, and errors of the journal.
    pub async fn step<T, E, Fut>(&self, name: impl Into<String>, work: Fut) -> Result<T, AgentError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<AgentError>,
        Fut: Future<Output = Result<T, E>>,
    {
        self.step_with(Step::repeatable(name), |_key| work).await
    }

    /// Runs a step as `step` declares. `work` gets a key that is the same in each repetition of the run.
    ///
    /// # Errors
    ///
    /// Returns the error of `work`, which is not recorded, and errors of the journal. Returns an error for which
    /// [`AgentError::is_unfinished_step`] is true if an earlier run started a [`Step::once`] and did not finish it.
    pub async fn step_with<T, E, F, Fut>(&self, step: Step, work: F) -> Result<T, AgentError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<AgentError>,
        F: FnOnce(IdempotencyKey) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let key = self.next_step(&step.name);
        match self.run.journal.status(&key).await? {
            StepStatus::Finished(result) => {
                self.count_step(key);
                return Ok(serde_json::from_slice(&result)?);
            }
            StepStatus::Started if step.is_once => return Err(AgentError::unfinished_step(&key.name)),
            StepStatus::Started | StepStatus::NotStarted => {}
        }
        if step.is_once {
            self.run.journal.start(&key).await?;
        }
        let value = work(IdempotencyKey::new(&self.run.run_id, &key)).await.map_err(Into::into)?;
        self.run.journal.finish(&key, serde_json::to_vec(&value)?).await?;
        self.count_step(key);
        Ok(value)
    }

    /// Returns the key of the next step with this name, for work that is not a step and must be recognized when it is repeated.
    pub fn idempotency_key(&self, name: &str) -> IdempotencyKey {
        IdempotencyKey::new(&self.run.run_id, &self.next_step(name))
    }

    /// Returns the key of the next step with this name.
    fn next_step(&self, name: &str) -> StepKey {
        let name = self.scoped_name(name);
        let counts = self.run.step_counts.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = counts.get(&name).copied().unwrap_or(0);
        StepKey { name, nth }
    }

    /// Counts a finished step. A failed step is not counted: a retry within the run is the same step, with the same key.
    fn count_step(&self, key: StepKey) {
        let mut counts = self.run.step_counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(key.name, key.nth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::MemoryJournal;
    use crate::session::Session;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn repetition(journal: &Arc<MemoryJournal>) -> RunContext {
        RunContext::builder("1", Session::new("1")).run_id("r1").journal(journal.clone()).build()
    }

    #[tokio::test]
    async fn a_recorded_result_is_returned_and_the_step_does_not_run_again() {
        let journal = Arc::new(MemoryJournal::default());
        let calls = AtomicU32::new(0);
        let work = || async { Ok::<_, AgentError>(calls.fetch_add(1, Ordering::SeqCst)) };
        let first = repetition(&journal);
        assert_eq!(first.step("n", work()).await.unwrap(), 0);
        assert_eq!(first.step("n", work()).await.unwrap(), 1, "the second step of that name is another step");
        let again = repetition(&journal);
        assert_eq!(again.step("n", work()).await.unwrap(), 0);
        assert_eq!(again.step("n", work()).await.unwrap(), 1);
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failed_step_runs_again_with_the_same_key() {
        let journal = Arc::new(MemoryJournal::default());
        let mut keys = Vec::new();
        for outcome in [Err(AgentError::retryable("busy")), Ok(7)] {
            let ctx = repetition(&journal);
            let result = ctx
                .step_with(Step::repeatable("pay"), |key| {
                    keys.push(key);
                    async { outcome }
                })
                .await;
            assert_eq!(result.is_ok(), keys.len() == 2);
        }
        assert_eq!(keys[0], keys[1]);
        assert_eq!(keys[0].as_str(), "r1:pay:0");
    }

    #[tokio::test]
    async fn a_step_that_is_retried_within_a_run_is_one_step() {
        let journal = Arc::new(MemoryJournal::default());
        let paid = AtomicU32::new(0);
        let pay = || async { Ok::<_, AgentError>(paid.fetch_add(1, Ordering::SeqCst)) };
        let first = repetition(&journal);
        assert!(first.step::<u32, _, _>("pay", async { Err(AgentError::retryable("busy")) }).await.is_err());
        assert_eq!(first.step("pay", pay()).await.unwrap(), 0);
        assert_eq!(repetition(&journal).step("pay", pay()).await.unwrap(), 0, "the repeated run finds the payment");
        assert_eq!(paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_step_that_starts_at_most_once_reports_that_it_did_not_finish() {
        let journal = Arc::new(MemoryJournal::default());
        let step = || Step::once("charge");
        let failed: Result<u8, _> =
            repetition(&journal).step_with(step(), |_| async { Err(AgentError::new("the power went")) }).await;
        assert!(!failed.unwrap_err().is_unfinished_step());
        let again: Result<u8, _> = repetition(&journal).step_with(step(), |_| async { Ok::<_, AgentError>(1) }).await;
        assert!(again.unwrap_err().is_unfinished_step());
    }
}
