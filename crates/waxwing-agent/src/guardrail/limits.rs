//! How much a user may ask for.

use std::time::Duration;

use async_trait::async_trait;

use super::usage_limit::{UsageLimit, now};
use super::{Guardrail, GuardrailContext, GuardrailDecision};
use crate::{AgentError, Reply, Turn};

const DAY: Duration = Duration::from_hours(24);

/// Limits how many messages of one user are answered within a window of time.
///
/// The window begins with the first message. Messages that come together are answered together, the last one within the limit as well as those that came
/// with it. Whoever is over the limit is told once, and then gets no answer until the window is over. In a group each sender has a limit of their own.
#[derive(Debug, Clone)]
pub struct RateLimit(UsageLimit);

impl RateLimit {
    /// So many messages within this time.
    pub fn new(messages: u32, window: Duration) -> Self {
        let notice =
            Reply::text("You have sent many messages in a short time. Please wait a little before you send another.");
        Self(UsageLimit { limit: f64::from(messages), window, notice })
    }

    /// Sets what a user who is over the limit reads, once.
    pub fn notice(mut self, notice: impl Into<Reply>) -> Self {
        self.0.notice = notice.into();
        self
    }

    /// Two limits of one agent differ in their windows.
    fn key(&self) -> String {
        format!("rate/{}", self.0.window.as_secs())
    }
}

#[async_trait]
impl Guardrail for RateLimit {
    fn name(&self) -> &'static str {
        "rate limit"
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        self.0.admit(turn, 1.0, &self.key(), ctx, now())
    }
}

/// Limits what the runs for one user cost within a day, as [`RunContext::cost`](crate::RunContext::cost) tells, in whatever currency the prices of the agent's
/// models have. An agent without prices costs nothing.
///
/// The day begins with the first run and has 24 hours. A run that begins within the limit is not cut short. Whoever has used it up is told once, and then gets
/// no answer until the day is over. In a group a run is charged to who wrote last.
#[derive(Debug, Clone)]
pub struct CostLimit(UsageLimit);

impl CostLimit {
    /// So much a day.
    pub fn per_day(cost: f64) -> Self {
        let notice = Reply::text("You have asked for all that I can do for you in one day. Please come back tomorrow.");
        Self(UsageLimit { limit: cost, window: DAY, notice })
    }

    /// Sets what a user who is over the limit reads, once a day.
    pub fn notice(mut self, notice: impl Into<Reply>) -> Self {
        self.0.notice = notice.into();
        self
    }
}

const COST: &str = "cost";

#[async_trait]
impl Guardrail for CostLimit {
    fn name(&self) -> &'static str {
        "cost limit"
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        self.0.admit(turn, 0.0, COST, ctx, now())
    }

    async fn run_ended(&self, ctx: &GuardrailContext) -> Result<(), AgentError> {
        self.0.charge(ctx.cost(), COST, ctx, now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Poll, Waker};

    use crate::guardrail::GuardedAgent;
    use crate::{Agent as _, RunContext, agent_fn};

    #[tokio::test]
    async fn messages_are_limited() {
        let agent = GuardedAgent::new(crate::Echo).guardrail(RateLimit::new(2, DAY).notice("Wait."));
        let ctx = RunContext::in_memory("1");
        for expected in ["echo hi".into(), "echo hi".into(), "Wait.".into(), Reply::none(), Reply::none()] {
            assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), expected);
        }
        let hasty = GuardedAgent::new(crate::Echo).guardrail(RateLimit::new(0, DAY));
        assert_eq!(hasty.run("hi".into(), &RunContext::in_memory("1")).await.unwrap().parts().len(), 1);
    }

    #[tokio::test]
    async fn costs_are_limited() {
        let costly = agent_fn("costly", |_, ctx: RunContext| async move {
            ctx.add_cost(0.4);
            Ok("done".into())
        });
        let agent = GuardedAgent::new(costly).guardrail(CostLimit::per_day(0.5).notice("Tomorrow."));
        let ctx = RunContext::in_memory("1");
        ctx.add_cost(100.0);
        for expected in ["done".into(), "done".into(), "Tomorrow.".into(), Reply::none()] {
            assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), expected, "what others cost is not this agent's");
        }
    }

    #[test]
    fn whoever_calls_a_run_off_has_used_what_it_cost() {
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
