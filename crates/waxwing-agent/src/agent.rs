//! The agent itself, and how it fails.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Reply, RunContext, Turn};

/// Something that answers.
///
/// A run may be repeated: a process that dies in the middle of one leaves the turn unanswered, and another process runs the agent
/// again on the same messages. What must not happen twice belongs into [`RunContext::step`].
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};
///
/// struct Greeter;
///
/// #[async_trait::async_trait]
/// impl Agent for Greeter {
///     fn name(&self) -> &str {
///         "greeter"
///     }
///
///     async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
///         let name = ctx.user_name().unwrap_or("stranger");
///         Ok(Reply::text(format!("Hello {name}, you said: {}", turn.text())))
///     }
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let reply = Greeter.run(Turn::from("hi"), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("Hello stranger, you said: hi"));
/// # Ok::<(), AgentError>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait Agent: Send + Sync {
    /// The agent's name. Sessions belong to it: an agent under another name does not see them.
    fn name(&self) -> &str;

    /// Answers a turn.
    ///
    /// The future is dropped when the run is cancelled or takes too long; [`RunContext::cancellation`] tells a moment before.
    ///
    /// # Errors
    ///
    /// An [`AgentError`] that says whether another try may help. The user never sees its text.
    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError>;

    /// How many entries of the history it wants to see, if more than the engine gives anyway.
    fn history_limit(&self) -> Option<usize> {
        None
    }

    /// True if the turn answers something that this agent has asked for and waits for, such as an approval: it should be this agent's turn, whoever else
    /// could take it.
    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        let _ = (turn, ctx);
        false
    }
}

#[async_trait]
impl<T: Agent + ?Sized> Agent for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        (**self).run(turn, ctx).await
    }

    fn history_limit(&self) -> Option<usize> {
        (**self).history_limit()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        (**self).awaits(turn, ctx)
    }
}

#[async_trait]
impl<T: Agent + ?Sized> Agent for Box<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        (**self).run(turn, ctx).await
    }

    fn history_limit(&self) -> Option<usize> {
        (**self).history_limit()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        (**self).awaits(turn, ctx)
    }
}

/// Makes an agent of a function. The context is cheap to clone, so the function gets one of its own.
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
///
/// let shout = agent_fn("shout", |turn: Turn, _ctx| async move { Ok(Reply::text(turn.text().to_uppercase())) });
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let reply = shout.run(Turn::from("hi"), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("HI"));
/// # Ok::<(), AgentError>(())
/// # }).unwrap();
/// ```
pub fn agent_fn<F, Fut>(name: impl Into<String>, run: F) -> impl Agent
where
    F: Fn(Turn, RunContext) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Reply, AgentError>> + Send,
{
    AgentFn { name: name.into(), run }
}

struct AgentFn<F> {
    name: String,
    run: F,
}

#[async_trait]
impl<F, Fut> Agent for AgentFn<F>
where
    F: Fn(Turn, RunContext) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Reply, AgentError>> + Send,
{
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        (self.run)(turn, ctx.clone()).await
    }
}

/// Why an agent could not answer.
///
/// Every error type converts into one, so `?` works on whatever an agent calls; like that, it is taken as final. [`AgentError::retryable`]
/// marks a failure that another try may cure.
///
/// The message is logged: it should not repeat what a user wrote. A converted error shows its type alone, since its own words may quote
/// anything; they are in [`source`](AgentError::source), which is logged for debugging only.
pub struct AgentError {
    kind: Kind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Final,
    Retryable,
    UnfinishedStep,
}

impl AgentError {
    /// A failure that another try would repeat.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Final, message: message.into(), source: None }
    }

    /// A failure that another try may cure.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { kind: Kind::Retryable, ..Self::new(message) }
    }

    /// Keeps what caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn unfinished_step(name: &str) -> Self {
        let message = format!("the step {name:?} was started by an earlier run and never finished");
        Self { kind: Kind::UnfinishedStep, ..Self::new(message) }
    }

    /// What caused it.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.source.as_deref()
    }

    /// True if the turn should be tried again.
    pub fn is_retryable(&self) -> bool {
        self.kind == Kind::Retryable
    }

    /// True if a step that must not run twice was started by an earlier run of this turn and nobody knows how it ended. The agent may
    /// ask the user, or fail with this error.
    pub fn is_unfinished_step(&self) -> bool {
        self.kind == Kind::UnfinishedStep
    }
}

// `AgentError` is not an `Error` itself: that would forbid the conversion from every error type, which is worth more to authors of agents.
impl<E: StdError + Send + Sync + 'static> From<E> for AgentError {
    fn from(error: E) -> Self {
        Self::new(std::any::type_name::<E>()).with_source(error)
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_error_converts_and_is_final() {
        let error: AgentError = "x".parse::<u8>().unwrap_err().into();
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), "core::num::error::ParseIntError");
        assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
        assert!(AgentError::retryable("busy").is_retryable());
    }

    #[tokio::test]
    async fn agents_can_be_stored_as_trait_objects() {
        let agents: Vec<Arc<dyn Agent>> = vec![
            Arc::new(crate::Echo),
            Arc::new(agent_fn("upper", |turn: Turn, _ctx| async move { Ok(Reply::text(turn.text().to_uppercase())) })),
        ];
        let ctx = RunContext::in_memory("1");
        let mut replies = Vec::new();
        for agent in &agents {
            replies.push(agent.run("hi".into(), &ctx).await.unwrap());
        }
        assert_eq!(replies, [Reply::text("echo hi"), Reply::text("HI")]);
    }
}
