//! Agents that are made from a function.

use async_trait::async_trait;

use crate::agent::Agent;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// Creates an agent from an async function. The function gets its own clone of the context, which is cheap.
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
///
/// # async fn example() -> Result<(), AgentError> {
/// let greeter = agent_fn("greeter", |_turn: Turn, ctx: RunContext| async move {
///     Ok(Reply::text(format!("Hello, {}!", ctx.user_name().unwrap_or("stranger"))))
/// });
/// let reply = greeter.run("hi".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("Hello, stranger!"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::echo::Echo;
    use std::sync::Arc;

    #[tokio::test]
    async fn agents_can_be_stored_as_trait_objects() {
        let agents: Vec<Arc<dyn Agent>> = vec![
            Arc::new(Echo),
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
