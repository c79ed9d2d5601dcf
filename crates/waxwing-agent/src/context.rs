//! What a run has around it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::{
    AgentError, IdempotencyKey, Journal, Memory, MemoryJournal, Reply, Session, Step, StepKey, StepStatus, UserMessage,
};

/// The conversation that a run belongs to, seen from inside: an agent can speak in it, and in no other.
#[async_trait]
pub trait Conversation: Send + Sync {
    /// Sends something before the run ends. On return it is durable, and will go out in order. `key` names it within the run: what was sent once is not
    /// sent again by a repeated run.
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError>;

    /// What the user has written since the run began, if it is for this run to answer; each message once.
    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        Ok(Vec::new())
    }

    /// Notes what the medium of a message says, in words, for the history.
    fn record_transcript(&self, message: &str, words: &str) {
        let _ = (message, words);
    }
}

/// Who and what a run is about, and the ways in which it can act before it ends. Cheap to clone.
///
/// ```
/// use waxwing_agent::{AgentError, RunContext};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let ctx = RunContext::in_memory("34600000000");
///
/// // State of the session, committed with the reply.
/// ctx.session().set("table", 7)?;
/// assert_eq!(ctx.session().get::<u8>("table"), Some(7));
///
/// // An effect whose result outlives a crash: a repeated run gets the recorded result.
/// let booking = ctx.step("book", async { Ok::<_, AgentError>("B-1".to_owned()) }).await?;
/// assert_eq!(booking, "B-1");
/// # Ok::<(), AgentError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct RunContext {
    run: Arc<Inner>,
    /// What its steps and interim messages are named after; empty for the run's own.
    scope: Arc<str>,
    is_muted: bool,
    /// The way to the conversation, where something stands before the run's own.
    watch: Option<Arc<dyn Conversation>>,
}

struct Inner {
    user_id: String,
    user_name: Option<String>,
    is_group: bool,
    run_id: String,
    session: Session,
    memory: Memory,
    conversation: Option<Arc<dyn Conversation>>,
    journal: Arc<dyn Journal>,
    cancellation: CancellationToken,
    deadline: Option<Instant>,
    steps: Mutex<HashMap<String, u32>>,
    interim_counts: Mutex<HashMap<Arc<str>, u32>>,
    cost: Mutex<f64>,
}

impl RunContext {
    /// Begins a context for the user known by `user_id`.
    pub fn builder(user_id: impl Into<String>, session: Session) -> RunContextBuilder {
        RunContextBuilder(Inner {
            user_id: user_id.into(),
            user_name: None,
            is_group: false,
            run_id: "run".into(),
            session,
            memory: Memory::default(),
            conversation: None,
            journal: Arc::new(MemoryJournal::default()),
            cancellation: CancellationToken::new(),
            deadline: None,
            steps: Mutex::default(),
            interim_counts: Mutex::default(),
            cost: Mutex::default(),
        })
    }

    /// A context that keeps everything in memory: for tests, and for agents that run without an engine. Interim messages go nowhere.
    pub fn in_memory(user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        Self::builder(user_id.clone(), Session::new(user_id)).build()
    }

    /// What the user is known by: the phone number, or a business-scoped id where the number is hidden. In a group, who wrote last.
    pub fn user_id(&self) -> &str {
        &self.run.user_id
    }

    /// The name in the user's profile.
    pub fn user_name(&self) -> Option<&str> {
        self.run.user_name.as_deref()
    }

    /// True if the conversation is that of a group.
    pub fn is_group(&self) -> bool {
        self.run.is_group
    }

    /// What the session is known by.
    pub fn session_id(&self) -> &str {
        self.run.session.id()
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.run.session
    }

    /// What the agent keeps of this conversation across sessions.
    pub fn memory(&self) -> &Memory {
        &self.run.memory
    }

    /// Names this run; the same when it is repeated.
    pub fn run_id(&self) -> &str {
        &self.run.run_id
    }

    /// Is cancelled when the run should end. A moment later its future is dropped.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.run.cancellation
    }

    /// When the run's future will be dropped.
    pub fn deadline(&self) -> Option<Instant> {
        self.run.deadline
    }

    /// The same run for an agent that works in it beside others, or for another one. The names of its steps and the count of its interim messages are the
    /// scope's own, so that agents which run side by side do not take each other's: each needs a scope of its own, the same when the run is repeated.
    pub fn scoped(&self, name: &str) -> Self {
        Self { scope: self.within(name).into(), ..self.clone() }
    }

    /// The same run for an agent that works for another one and not for the user: what it says before it ends goes nowhere, and what the user writes meanwhile
    /// is for the other one to hear.
    pub fn muted(&self) -> Self {
        Self { is_muted: true, ..self.clone() }
    }

    /// The same run, whose words go to `watch` and whose news come from there: it stands before [`conversation`](Self::conversation).
    pub(crate) fn watched(&self, watch: Arc<dyn Conversation>) -> Self {
        Self { watch: Some(watch), ..self.clone() }
    }

    /// The way to the conversation; none where there is none.
    pub(crate) fn conversation(&self) -> Option<&Arc<dyn Conversation>> {
        self.watch.as_ref().or(self.run.conversation.as_ref())
    }

    /// Sends something before the run ends: "one moment, I am looking it up". A repeated run does not send it again.
    ///
    /// It belongs between two steps: a repeated run knows it by how many came before it, and what is said within a recorded step is not said again. Where it
    /// has to be within one, as in a tool, a [scope](Self::scoped) of the step's own keeps the count right.
    ///
    /// # Errors
    ///
    /// Where it could not be stored, or the run no longer holds its conversation.
    pub async fn send_interim(&self, interim: impl Into<Reply> + Send) -> Result<(), AgentError> {
        let Some(conversation) = self.conversation().filter(|_| !self.is_muted) else { return Ok(()) };
        let nth = {
            let mut said = self.run.interim_counts.lock().unwrap_or_else(PoisonError::into_inner);
            let next = said.entry(self.scope.clone()).or_default();
            *next += 1;
            *next - 1
        };
        conversation.send(&StepKey { name: self.scope.to_string(), nth }, interim.into()).await
    }

    /// Notes what a medium of the turn says, in words: a transcript of a voice note. Later turns find it in the history. `message` is the
    /// [id](UserMessage::id) of the message that it came with.
    pub fn record_transcript(&self, message: &str, words: &str) {
        if let Some(conversation) = self.conversation() {
            conversation.record_transcript(message, words);
        }
    }

    /// Counts what the run costs: an agent adds what its models and tools took, in whatever currency its prices have.
    pub fn add_cost(&self, cost: f64) {
        *self.run.cost.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }

    /// What the run has cost so far, all agents that work in it together.
    pub fn cost(&self) -> f64 {
        *self.run.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the user has written since the run began, each message once. Whoever asks answers them, as part of this turn.
    ///
    /// Always empty unless the engine is set to steer running agents; then it is worth asking between two steps.
    ///
    /// # Errors
    ///
    /// Where the run no longer holds its conversation.
    pub async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        match self.conversation().filter(|_| !self.is_muted) {
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
        let key = self.key(&step.name);
        match self.run.journal.status(&key).await? {
            StepStatus::Finished(result) => {
                self.count(key);
                return Ok(serde_json::from_slice(&result)?);
            }
            StepStatus::Started if step.once => return Err(AgentError::unfinished_step(&key.name)),
            StepStatus::Started | StepStatus::NotStarted => {}
        }
        if step.once {
            self.run.journal.start(&key).await?;
        }
        let value = work(IdempotencyKey::new(&self.run.run_id, &key)).await.map_err(Into::into)?;
        self.run.journal.finish(&key, serde_json::to_vec(&value)?).await?;
        self.count(key);
        Ok(value)
    }

    /// The key of the next step of this name, for work that is no step itself but has to be recognised when it is done again.
    pub fn idempotency_key(&self, name: &str) -> IdempotencyKey {
        IdempotencyKey::new(&self.run.run_id, &self.key(name))
    }

    /// A name within the scope.
    fn within(&self, name: &str) -> String {
        if self.scope.is_empty() { name.to_owned() } else { format!("{}/{name}", self.scope) }
    }

    /// The next step of this name.
    fn key(&self, name: &str) -> StepKey {
        let name = self.within(name);
        let steps = self.run.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = steps.get(&name).copied().unwrap_or(0);
        StepKey { name, nth }
    }

    /// Counts a step that ended. One that failed keeps its place, so that a second try in the same run is the same step, with the same key.
    fn count(&self, key: StepKey) {
        let mut steps = self.run.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.insert(key.name, key.nth + 1);
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext").field("run_id", &self.run.run_id).finish_non_exhaustive()
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

    /// Says whether the conversation is that of a group; it is not, unless set.
    pub fn in_group(mut self, is_group: bool) -> Self {
        self.0.is_group = is_group;
        self
    }

    /// Sets what the agent keeps of the conversation across sessions.
    pub fn memory(mut self, memory: Memory) -> Self {
        self.0.memory = memory;
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
        RunContext { run: Arc::new(self.0), scope: Arc::from(""), is_muted: false, watch: None }
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

    #[derive(Default)]
    struct Spoken(Mutex<Vec<(StepKey, Reply)>>);

    #[async_trait]
    impl Conversation for Spoken {
        async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.0.lock().unwrap().push((key.clone(), interim));
            Ok(())
        }

        async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
            Ok(vec![UserMessage::text("and?")])
        }
    }

    #[tokio::test]
    async fn who_works_for_another_agent_neither_says_nor_hears_anything() {
        let spoken = Arc::new(Spoken::default());
        let ctx = RunContext::builder("1", Session::new("1")).conversation(spoken.clone()).build();
        for (ctx, count) in [(ctx.muted().scoped("a"), 0), (ctx, 1)] {
            ctx.send_interim("hi").await.unwrap();
            assert_eq!(ctx.new_messages().await.unwrap().len(), count);
            assert_eq!(spoken.0.lock().unwrap().len(), count);
        }
    }

    #[tokio::test]
    async fn scopes_have_steps_and_interim_messages_of_their_own() {
        let (journal, spoken) = (Arc::new(MemoryJournal::default()), Arc::new(Spoken::default()));
        let run = || {
            let builder = RunContext::builder("1", Session::new("1")).journal(journal.clone());
            builder.conversation(spoken.clone()).build()
        };
        let first = run();
        let scopes = [first.clone(), first.scoped("a"), first.scoped("b"), first.scoped("a").scoped("b")];
        for (nth, ctx) in scopes.iter().enumerate() {
            ctx.step("n", async { Ok::<_, AgentError>(nth) }).await.unwrap();
            ctx.send_interim(nth.to_string()).await.unwrap();
        }
        first.scoped("a").send_interim("again").await.unwrap();
        let said = std::mem::take(&mut *spoken.0.lock().unwrap());
        let keys: Vec<_> = said.iter().map(|(key, _)| (key.name.as_str(), key.nth)).collect();
        assert_eq!(keys, [("", 0), ("a", 0), ("b", 0), ("a/b", 0), ("a", 1)]);
        // In another order, each finds its own.
        let again = run();
        for (ctx, expected) in [(again.scoped("b"), 2), (again.clone(), 0), (again.scoped("a"), 1)] {
            assert_eq!(ctx.step("n", async { Ok::<_, AgentError>(9) }).await.unwrap(), expected);
        }
    }

    #[test]
    fn scopes_share_what_the_run_costs() {
        let ctx = RunContext::in_memory("1");
        ctx.add_cost(1.0);
        ctx.scoped("a").muted().add_cost(0.5);
        assert!((ctx.cost() - 1.5).abs() < f64::EPSILON);
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
