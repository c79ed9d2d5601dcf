//! What a run has around it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::{AgentError, IdempotencyKey, Journal, MemoryJournal, Message, Recorded, Reply, Session, Step, StepKey};

/// The conversation that a run belongs to, seen from inside: an agent can speak in it, and in no other.
#[async_trait]
pub trait Conversation: Send + Sync {
    /// Sends something before the run ends. On return it is durable, and will go out in order.
    async fn send(&self, interim: Reply) -> Result<(), AgentError>;

    /// What the user has written since the run began, if it is for this run to answer; each message once.
    async fn new_messages(&self) -> Result<Vec<Message>, AgentError> {
        Ok(Vec::new())
    }
}

/// Who and what a run is about, and the ways in which it can act before it ends. Cheap to clone.
#[derive(Clone)]
pub struct RunContext(Arc<Inner>);

struct Inner {
    user_id: String,
    user_name: Option<String>,
    run_id: String,
    session: Session,
    conversation: Option<Arc<dyn Conversation>>,
    journal: Arc<dyn Journal>,
    cancellation: CancellationToken,
    deadline: Option<Instant>,
    steps: Mutex<HashMap<String, u32>>,
}

impl RunContext {
    /// Begins a context for the user known by `user_id`.
    pub fn builder(user_id: impl Into<String>, session: Session) -> RunContextBuilder {
        RunContextBuilder(Inner {
            user_id: user_id.into(),
            user_name: None,
            run_id: "run".into(),
            session,
            conversation: None,
            journal: Arc::new(MemoryJournal::default()),
            cancellation: CancellationToken::new(),
            deadline: None,
            steps: Mutex::default(),
        })
    }

    /// A context that keeps everything in memory: for tests, and for agents that run without an engine. Interim messages go nowhere.
    pub fn in_memory(user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        Self::builder(user_id.clone(), Session::new(user_id)).build()
    }

    /// What the user is known by: the phone number, or a business-scoped id where the number is hidden. In a group, who wrote last.
    pub fn user_id(&self) -> &str {
        &self.0.user_id
    }

    /// The name in the user's profile.
    pub fn user_name(&self) -> Option<&str> {
        self.0.user_name.as_deref()
    }

    /// What the session is known by.
    pub fn session_id(&self) -> &str {
        self.0.session.id()
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// Names this run; the same when it is repeated.
    pub fn run_id(&self) -> &str {
        &self.0.run_id
    }

    /// Is cancelled when the run should end. A moment later its future is dropped.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.0.cancellation
    }

    /// When the run's future will be dropped.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// Sends something before the run ends: "one moment, I am looking it up". A repeated run does not send it again.
    ///
    /// # Errors
    ///
    /// Where it could not be stored, or the run no longer holds its conversation.
    pub async fn say(&self, interim: impl Into<Reply> + Send) -> Result<(), AgentError> {
        match &self.0.conversation {
            Some(conversation) => conversation.send(interim.into()).await,
            None => Ok(()),
        }
    }

    /// What the user has written since the run began, each message once. Whoever asks answers them, as part of this turn.
    ///
    /// Always empty unless the engine is set to steer running agents; then it is worth asking between two steps.
    ///
    /// # Errors
    ///
    /// Where the run no longer holds its conversation.
    pub async fn new_messages(&self) -> Result<Vec<Message>, AgentError> {
        match &self.0.conversation {
            Some(conversation) => conversation.new_messages().await,
            None => Ok(Vec::new()),
        }
    }

    /// Takes a repeatable step: runs `work` and records its result, or returns the result that an earlier run of this turn recorded.
    ///
    /// # Errors
    ///
    /// Those of `work`, which are not recorded, and those of the journal.
    pub async fn step<T, E, Fut>(&self, name: impl Into<String>, work: Fut) -> Result<T, AgentError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<AgentError>,
        Fut: Future<Output = Result<T, E>>,
    {
        self.step_with(Step::repeatable(name), |_key| work).await
    }

    /// Takes a step as `step` declares it. `work` gets a key that stays the same when the run is repeated.
    ///
    /// # Errors
    ///
    /// Those of `work`, which are not recorded, those of the journal, and for a [`Step::once`] that an earlier run left unfinished one for which
    /// [`AgentError::is_unfinished_step`] holds.
    pub async fn step_with<T, E, F, Fut>(&self, step: Step, work: F) -> Result<T, AgentError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<AgentError>,
        F: FnOnce(IdempotencyKey) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let key = self.key(step.name);
        match self.0.journal.recorded(&key).await? {
            Recorded::Finished(result) => {
                self.count(key);
                return Ok(serde_json::from_slice(&result)?);
            }
            Recorded::Begun if step.once => return Err(AgentError::unfinished_step(&key.name)),
            Recorded::Begun | Recorded::Nothing => {}
        }
        if step.once {
            self.0.journal.begin(&key).await?;
        }
        let value = work(IdempotencyKey::new(&self.0.run_id, &key)).await.map_err(Into::into)?;
        self.0.journal.finish(&key, serde_json::to_vec(&value)?).await?;
        self.count(key);
        Ok(value)
    }

    /// The next step of this name.
    fn key(&self, name: String) -> StepKey {
        let steps = self.0.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = steps.get(&name).copied().unwrap_or(0);
        StepKey { name, nth }
    }

    /// Counts a step that ended. One that failed keeps its place, so that a second try in the same run is the same step, with the same key.
    fn count(&self, key: StepKey) {
        let mut steps = self.0.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.insert(key.name, key.nth + 1);
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext").field("run_id", &self.0.run_id).finish_non_exhaustive()
    }
}

/// Puts a [`RunContext`] together.
pub struct RunContextBuilder(Inner);

impl RunContextBuilder {
    /// Sets the name in the user's profile.
    pub fn user_name(mut self, name: Option<String>) -> Self {
        self.0.user_name = name;
        self
    }

    /// Sets what names the run.
    pub fn run_id(mut self, run_id: impl Into<String>) -> Self {
        self.0.run_id = run_id.into();
        self
    }

    /// Sets where interim messages go.
    pub fn conversation(mut self, conversation: Arc<dyn Conversation>) -> Self {
        self.0.conversation = Some(conversation);
        self
    }

    /// Sets where steps are recorded.
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.0.journal = journal;
        self
    }

    /// Sets what tells the run to end.
    pub fn cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.0.cancellation = cancellation;
        self
    }

    /// Sets when the run's future will be dropped.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.0.deadline = Some(deadline);
        self
    }

    /// The context.
    pub fn build(self) -> RunContext {
        RunContext(Arc::new(self.0))
    }
}

impl fmt::Debug for RunContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContextBuilder").field("run_id", &self.0.run_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn repetition(journal: &Arc<MemoryJournal>) -> RunContext {
        RunContext::builder("1", Session::new("1")).run_id("r1").journal(journal.clone()).build()
    }

    #[tokio::test]
    async fn a_recorded_result_comes_back_and_the_step_is_not_taken_again() {
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
    async fn a_failed_step_is_taken_again_with_the_same_key() {
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
    async fn a_step_that_is_tried_again_within_a_run_is_one_step() {
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
    async fn a_step_that_must_not_repeat_reports_that_it_was_left_unfinished() {
        let journal = Arc::new(MemoryJournal::default());
        let step = || Step::once("charge");
        let failed: Result<u8, _> =
            repetition(&journal).step_with(step(), |_| async { Err(AgentError::new("the power went")) }).await;
        assert!(!failed.unwrap_err().is_unfinished_step());
        let again: Result<u8, _> = repetition(&journal).step_with(step(), |_| async { Ok::<_, AgentError>(1) }).await;
        assert!(again.unwrap_err().is_unfinished_step());
    }
}
