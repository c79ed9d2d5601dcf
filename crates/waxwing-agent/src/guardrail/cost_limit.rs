//! Cost limit of each user.

use std::time::Duration;

use async_trait::async_trait;

use super::Guardrail;
use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use super::usage_limit::{UsageLimit, now};
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

const DAY: Duration = Duration::from_hours(24);

/// Name of the counters in the memory.
const COUNTER: &str = "cost";

/// Limits the cost of the runs for one user within 24 hours. The cost is [`RunContext::cost`](crate::RunContext::cost), in the currency of
/// the prices of the agent's models. An agent without prices has no cost.
///
/// The 24 hours begin with the first run. A run that begins below the limit is not cut short. A user over the limit gets one notice, and no
/// answer until the 24 hours end. In a group, the cost of a run is charged to the sender of the last message.
///
/// ```
/// use waxwing_agent::guardrail::{CostLimit, GuardedAgent};
/// use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
///
/// # async fn example() -> Result<(), AgentError> {
/// let model = agent_fn("model", |_turn: Turn, ctx: RunContext| async move {
///     ctx.add_cost(0.6);
///     Ok(Reply::text("Done."))
/// });
/// let agent = GuardedAgent::new(model).guardrail(CostLimit::per_day(0.5).notice("That is all for today."));
/// let ctx = RunContext::in_memory("34600000000");
/// assert_eq!(agent.run("hi".into(), &ctx).await?, Reply::text("Done."));
/// assert_eq!(agent.run("hi".into(), &ctx).await?, Reply::text("That is all for today."));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct CostLimit(UsageLimit);

impl CostLimit {
    /// Creates a limit of `cost` within 24 hours, in the currency of the prices of the agent's models.
    pub fn per_day(cost: f64) -> Self {
        let notice = Reply::text("You have reached today's limit. Please come back tomorrow.");
        Self(UsageLimit { limit: cost, window: DAY, notice })
    }

    /// Sets the notice for a user over the limit. A user gets the notice once per 24 hours. The default is an English text.
    pub fn notice(mut self, notice: impl Into<Reply>) -> Self {
        self.0.notice = notice.into();
        self
    }
}

#[async_trait]
impl Guardrail for CostLimit {
    fn name(&self) -> &'static str {
        "cost limit"
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        self.0.admit(turn, 0.0, COUNTER, ctx, now())
    }

    async fn run_ended(&self, ctx: &GuardrailContext) -> Result<(), AgentError> {
        self.0.charge(ctx.cost(), COUNTER, ctx, now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Agent as _;
    use crate::agent_fn::agent_fn;
    use crate::context::RunContext;
    use crate::guardrail::GuardedAgent;
    use std::task::{Context, Poll, Waker};

    #[tokio::test]
    async fn runs_over_the_limit_get_one_notice() {
        let costly = agent_fn("costly", |_, ctx: RunContext| async move {
            ctx.add_cost(0.4);
            Ok("done".into())
        });
        let agent = GuardedAgent::new(costly).guardrail(CostLimit::per_day(0.5).notice("Tomorrow."));
        let ctx = RunContext::in_memory("1");
        ctx.add_cost(100.0);
        for expected in ["done".into(), "done".into(), "Tomorrow.".into(), Reply::none()] {
            let reply = agent.run("hi".into(), &ctx).await.unwrap();
            assert_eq!(reply, expected, "the cost of other agents does not count");
        }
    }

    #[test]
    fn the_cost_of_a_cancelled_run_is_charged() {
        let costly = agent_fn("costly", |_, ctx: RunContext| async move {
            ctx.add_cost(0.6);
            std::future::pending().await
        });
        let agent = GuardedAgent::new(costly).guardrail(CostLimit::per_day(0.5).notice("Tomorrow."));
        let ctx = RunContext::in_memory("1");
        let mut task = Context::from_waker(Waker::noop());
        let mut run = agent.run("hi".into(), &ctx);
        assert!(run.as_mut().poll(&mut task).is_pending());
        ctx.cancellation().cancel();
        assert!(run.as_mut().poll(&mut task).is_pending());
        drop(run);
        let Poll::Ready(reply) = agent.run("hi".into(), &ctx).as_mut().poll(&mut task) else { panic!("no refusal") };
        assert_eq!(reply.unwrap(), "Tomorrow.".into());
    }
}
