//! Context of a run.

mod builder;
mod messages;
mod reminders;
mod steps;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::backend::{Backend, BackendCircuits, BackendRequest};
use crate::conversation::Conversation;
use crate::conversation_info::ConversationInfo;
use crate::journal::Journal;
use crate::memory::Memory;
use crate::run_event::{RunEvent, RunObserver};
use crate::session::Session;
use crate::user::User;

pub use builder::RunContextBuilder;

/// The context of a run: the user, the session, the memory, and the actions that are possible before the run ends.
///
/// Cloning a context is cheap. `Debug` output contains the id of the run only.
///
/// ```
/// use waxwing_agent::{AgentError, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let ctx = RunContext::in_memory("34600000000");
/// ctx.send_interim("One moment, please.").await?;
/// let price = ctx.step("look up the price", async { Ok::<u32, AgentError>(9) }).await?;
/// ctx.session().set("price", price)?;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct RunContext {
    run: Arc<RunData>,
    /// Prefix for the names of steps and interim messages. Empty for the agent of the run.
    scope: Arc<str>,
    is_muted: bool,
    /// Replaces the conversation of the run.
    conversation_override: Option<Arc<dyn Conversation>>,
}

/// Data that all clones and scopes of a context share.
struct RunData {
    user: User,
    is_group: bool,
    info: ConversationInfo,
    run_id: String,
    session: Session,
    memory: Memory,
    conversation: Option<Arc<dyn Conversation>>,
    journal: Arc<dyn Journal>,
    cancellation: CancellationToken,
    deadline: Option<Instant>,
    /// Number of finished steps, by name.
    step_counts: Mutex<HashMap<String, u32>>,
    message_counts: MessageCounts,
    cost: RunCost,
    observer: Option<Arc<dyn RunObserver>>,
    circuits: Option<Arc<dyn BackendCircuits>>,
}

/// Numbers of messages of a run, by scope.
#[derive(Default)]
struct MessageCounts {
    interim: Mutex<HashMap<Arc<str>, u32>>,
    scheduled: Mutex<HashMap<Arc<str>, u32>>,
}

/// Cost of a run so far.
#[derive(Default)]
struct RunCost {
    /// In the currency of the prices.
    amount: Mutex<f64>,
    /// Tokens of models without a price.
    unpriced_tokens: AtomicU64,
}

impl RunContext {
    /// Starts to build a context. `user_id` is the phone number of the user, or the business-scoped user id.
    pub fn builder(user_id: impl Into<String>, session: Session) -> RunContextBuilder {
        RunContextBuilder::new(user_id.into(), session)
    }

    /// Creates a context in memory, for tests and for agents that run without an engine. Interim messages are dropped.
    pub fn in_memory(user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        Self::builder(user_id.clone(), Session::new(user_id)).build()
    }

    /// Returns the id of the user: the phone number in digits, or the business-scoped user id if the phone number is hidden. In a group,
    /// this is the sender of the last message.
    pub fn user_id(&self) -> &str {
        &self.run.user.id
    }

    /// Returns the user with all ids that are known. In a group, this is the sender of the last message.
    pub fn user(&self) -> &User {
        &self.run.user
    }

    /// Returns the name in the user's profile.
    pub fn user_name(&self) -> Option<&str> {
        self.run.user.name.as_deref()
    }

    /// Returns true if the conversation is a group.
    pub fn is_group(&self) -> bool {
        self.run.is_group
    }

    /// Returns the key of the conversation, the business number and the group.
    pub fn conversation_info(&self) -> &ConversationInfo {
        &self.run.info
    }

    /// Returns the id of the session.
    pub fn session_id(&self) -> &str {
        self.run.session.id()
    }

    /// Returns the session.
    pub fn session(&self) -> &Session {
        &self.run.session
    }

    /// Returns the memory: the data that the agent keeps of this conversation across sessions.
    pub fn memory(&self) -> &Memory {
        &self.run.memory
    }

    /// Returns the id of the run. A repeated run has the same id.
    pub fn run_id(&self) -> &str {
        &self.run.run_id
    }

    /// Returns the header `traceparent` for requests to other services, so that their spans belong to the trace of the run. Returns none if the run has no
    /// trace.
    ///
    /// <https://www.w3.org/TR/trace-context/#traceparent-header>
    pub fn traceparent(&self) -> Option<String> {
        self.run.observer.as_ref()?.traceparent()
    }

    /// Returns the token that is cancelled when the run should end. The engine drops the future of the run shortly after.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.run.cancellation
    }

    /// Returns the time at which the engine drops the future of the run.
    pub fn deadline(&self) -> Option<Instant> {
        self.run.deadline
    }

    /// Returns the same run for one of several agents that work in the run. Steps and interim messages are counted for each scope, so
    /// agents that work at the same time do not get each other's results. Each of these agents needs its own scope, and the same scope in a
    /// repeated run.
    pub fn scoped(&self, name: &str) -> Self {
        Self { scope: self.scoped_name(name).into(), ..self.clone() }
    }

    /// Returns the same run for an agent that works for another agent. Interim messages of the agent are dropped, and new messages of the
    /// user go to the other agent.
    pub fn muted(&self) -> Self {
        Self { is_muted: true, ..self.clone() }
    }

    /// Returns the same run with another conversation.
    pub(crate) fn with_conversation(&self, conversation: Arc<dyn Conversation>) -> Self {
        Self { conversation_override: Some(conversation), ..self.clone() }
    }

    /// Returns the conversation, if there is one.
    pub(crate) fn conversation(&self) -> Option<&Arc<dyn Conversation>> {
        self.conversation_override.as_ref().or(self.run.conversation.as_ref())
    }

    /// Adds to the cost of the run. Agents add the cost of their models and tools, in the currency of their prices.
    pub fn add_cost(&self, cost: f64) {
        *self.run.cost.amount.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }

    /// Returns the cost of the run so far, for all agents that work in the run.
    pub fn cost(&self) -> f64 {
        *self.run.cost.amount.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds tokens of a model that has no price. The daily limits of the engine count them with an assumed price.
    pub fn add_unpriced_tokens(&self, tokens: u64) {
        self.run.cost.unpriced_tokens.fetch_add(tokens, Ordering::Relaxed);
    }

    /// Returns the tokens of models without a price so far, for all agents that work in the run.
    pub fn unpriced_tokens(&self) -> u64 {
        self.run.cost.unpriced_tokens.load(Ordering::Relaxed)
    }

    /// Begins a request to a backend, unless its circuit is open. The caller makes the request and records the result. Without an engine,
    /// each request is admitted.
    ///
    /// # Errors
    ///
    /// How long the circuit stays open, about. The run should use another backend, or end with an [outage](crate::AgentError::outage).
    pub fn begin_request(&self, backend: &Backend) -> Result<BackendRequest, Duration> {
        match &self.run.circuits {
            Some(circuits) => circuits.begin_request(backend),
            None => Ok(BackendRequest::unrecorded()),
        }
    }

    /// Reports an event to the observer of the run. Without a watcher, `event` is not called.
    pub fn report(&self, event: impl FnOnce() -> RunEvent) {
        if let Some(observer) = self.run.observer.as_ref().filter(|observer| observer.is_watched()) {
            observer.observe(event());
        }
    }

    /// Returns a name with the scope as its prefix.
    fn scoped_name(&self, name: &str) -> String {
        if self.scope.is_empty() { name.to_owned() } else { format!("{}/{name}", self.scope) }
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext").field("run_id", &self.run.run_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_share_the_cost_of_the_run() {
        let ctx = RunContext::in_memory("1");
        ctx.add_cost(1.0);
        ctx.scoped("a").muted().add_cost(0.5);
        assert!((ctx.cost() - 1.5).abs() < f64::EPSILON);
    }

    #[test]
    fn debug_output_has_no_personal_data() {
        let builder = RunContext::builder("34600000001", Session::new("34600000001")).user_name(Some("Ana".into()));
        let shown = format!("{builder:?} {:?}", RunContext::in_memory("34600000001"));
        assert_eq!(shown, r#"RunContextBuilder { run_id: "run", .. } RunContext { run_id: "run", .. }"#);
    }
}
