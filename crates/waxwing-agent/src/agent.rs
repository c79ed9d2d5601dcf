//! The trait that every agent implements.

use std::sync::Arc;

use async_trait::async_trait;

use crate::backend::Backend;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// A program that answers the messages of a conversation.
///
/// A run can be repeated: if the process ends before the reply is committed, another process runs the agent again on the same messages.
/// Work that must not happen twice belongs in [`RunContext::step`].
///
/// ```
/// use async_trait::async_trait;
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};
///
/// struct Shout;
///
/// #[async_trait]
/// impl Agent for Shout {
///     fn name(&self) -> &str {
///         "shout"
///     }
///
///     async fn run(&self, turn: Turn, _ctx: &RunContext) -> Result<Reply, AgentError> {
///         Ok(Reply::text(turn.text().to_uppercase()))
///     }
/// }
///
/// # async fn example() -> Result<(), AgentError> {
/// let reply = Shout.run("hello".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("HELLO"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[async_trait]
pub trait Agent: Send + Sync {
    /// Returns the name of the agent. Sessions belong to the name: an agent with another name does not see them.
    fn name(&self) -> &str;

    /// Answers a turn.
    ///
    /// The engine drops the future when the run is cancelled or exceeds its deadline. [`RunContext::cancellation`] is cancelled shortly
    /// before.
    ///
    /// # Errors
    ///
    /// Returns an [`AgentError`], which says whether the engine should retry the turn. The user never sees the message of the error.
    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError>;

    /// Returns the number of history entries that the agent needs. The engine passes at least its own default.
    fn history_limit(&self) -> Option<usize> {
        None
    }

    /// Returns the backends of which a run needs at least one, such as a model and its fallbacks. While the circuits of all of them are
    /// open, the engine starts no run; an [outage](AgentError::outage) then counts for the backends and not for the agent. Empty, the
    /// default, for an agent that the engine judges by its runs.
    fn backends(&self) -> Vec<Backend> {
        Vec::new()
    }

    /// Returns true if the turn answers a question that this agent has asked and still waits for, such as a tool approval. A router passes
    /// such a turn to this agent, whatever its rules say.
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

    fn backends(&self) -> Vec<Backend> {
        (**self).backends()
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

    fn backends(&self) -> Vec<Backend> {
        (**self).backends()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        (**self).awaits(turn, ctx)
    }
}
