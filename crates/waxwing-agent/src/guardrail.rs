//! Checks around an agent: guardrails, limits, access lists.

mod access_list;
mod chain;
mod context;
mod cost_limit;
mod decision;
mod flag;
mod guarded_agent;
mod guarded_conversation;
mod length_limit;
mod rate_limit;
mod usage_limit;
mod user_hash;

use async_trait::async_trait;

use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

pub use access_list::AccessList;
pub use context::GuardrailContext;
pub use cost_limit::CostLimit;
pub use decision::GuardrailDecision;
pub use flag::GuardrailFlag;
pub use guarded_agent::GuardedAgent;
pub use length_limit::LengthLimit;
pub use rate_limit::RateLimit;

/// Checks the input and the output of an agent. [`GuardedAgent`] puts guardrails around an agent; limits and access lists are guardrails,
/// too.
///
/// A guardrail that counts keeps its counters in [`RunContext::memory`](crate::RunContext::memory), under a key that begins with
/// [`GuardrailContext::memory_key`]. The engine commits the counters with the turn. The counters outlive the session and the process, and a
/// repeated run starts with the counters as they were before.
///
/// ```
/// use async_trait::async_trait;
/// use waxwing_agent::guardrail::{GuardedAgent, Guardrail, GuardrailContext, GuardrailDecision};
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext, Turn};
///
/// /// Refuses turns with card numbers.
/// struct NoCardNumbers;
///
/// #[async_trait]
/// impl Guardrail for NoCardNumbers {
///     fn name(&self) -> &str {
///         "no card numbers"
///     }
///
///     async fn input(&self, turn: &mut Turn, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
///         let digits = turn.text().chars().filter(char::is_ascii_digit).count();
///         Ok(match digits {
///             13..=19 => GuardrailDecision::refuse("Please do not send card numbers."),
///             _ => GuardrailDecision::Pass,
///         })
///     }
/// }
///
/// # async fn example() -> Result<(), AgentError> {
/// let agent = GuardedAgent::new(Echo).guardrail(NoCardNumbers);
/// let reply = agent.run("4111 1111 1111 1111".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("Please do not send card numbers."));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[async_trait]
pub trait Guardrail: Send + Sync {
    /// Returns the name of the guardrail for logs and flags.
    fn name(&self) -> &str;

    /// Checks the messages of a turn before the agent gets them, and may change them. Messages that arrive during the run are checked as a
    /// turn of their own.
    ///
    /// # Errors
    ///
    /// An error ends the run. See [`AgentError`].
    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        let _ = (turn, ctx);
        Ok(GuardrailDecision::Pass)
    }

    /// Checks a reply or an interim message of the agent before the user gets it, and may change it.
    ///
    /// # Errors
    ///
    /// An error ends the run. See [`AgentError`].
    async fn output(&self, reply: &mut Reply, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        let _ = (reply, ctx);
        Ok(GuardrailDecision::Pass)
    }

    /// Is called once when the agent has ended or is cancelled. The [cost](GuardrailContext::cost) of the agent is known at that time.
    ///
    /// # Errors
    ///
    /// An error ends the run. See [`AgentError`].
    async fn run_ended(&self, ctx: &GuardrailContext) -> Result<(), AgentError> {
        let _ = ctx;
        Ok(())
    }
}
