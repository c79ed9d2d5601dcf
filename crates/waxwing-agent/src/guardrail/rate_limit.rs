//! Rate limit of each user.

use std::time::Duration;

use async_trait::async_trait;

use super::Guardrail;
use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use super::usage_limit::{UsageLimit, now};
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// Limits the number of messages of one user that are answered within a time window.
///
/// The window begins with the first message. Messages of one turn are answered together: a turn that begins below the limit is answered as
/// a whole. A user over the limit gets one notice, and no answer until the window ends. In a group, each sender has an own limit.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::guardrail::{GuardedAgent, RateLimit};
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let agent = GuardedAgent::new(Echo).guardrail(RateLimit::new(1, Duration::from_mins(1)).notice("Slow down, please."));
/// let ctx = RunContext::in_memory("34600000000");
/// assert_eq!(agent.run("hi".into(), &ctx).await?, Reply::text("echo hi"));
/// assert_eq!(agent.run("hi".into(), &ctx).await?, Reply::text("Slow down, please."));
/// assert_eq!(agent.run("hi".into(), &ctx).await?, Reply::none());
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct RateLimit(UsageLimit);

impl RateLimit {
    /// Creates a limit of `messages` per `window`.
    pub fn new(messages: u32, window: Duration) -> Self {
        let notice =
            Reply::text("You have sent many messages in a short time. Please wait a little before you send another.");
        Self(UsageLimit { limit: f64::from(messages), window, notice })
    }

    /// Sets the notice for a user over the limit. A user gets the notice once per window. The default is an English text.
    pub fn notice(mut self, notice: impl Into<Reply>) -> Self {
        self.0.notice = notice.into();
        self
    }

    /// Returns the key of the counters. Two rate limits of one agent differ in their windows.
    fn counter(&self) -> String {
        format!("rate/{}", self.0.window.as_secs())
    }
}

#[async_trait]
impl Guardrail for RateLimit {
    fn name(&self) -> &'static str {
        "rate limit"
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        self.0.admit(turn, 1.0, &self.counter(), ctx, now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Agent as _;
    use crate::context::RunContext;
    use crate::echo::Echo;
    use crate::guardrail::GuardedAgent;

    #[tokio::test]
    async fn messages_over_the_limit_get_one_notice() {
        let day = Duration::from_hours(24);
        let agent = GuardedAgent::new(Echo).guardrail(RateLimit::new(2, day).notice("Wait."));
        let ctx = RunContext::in_memory("1");
        for expected in ["echo hi".into(), "echo hi".into(), "Wait.".into(), Reply::none(), Reply::none()] {
            assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), expected);
        }
        let closed = GuardedAgent::new(Echo).guardrail(RateLimit::new(0, day));
        assert_eq!(closed.run("hi".into(), &RunContext::in_memory("1")).await.unwrap().parts().len(), 1);
    }
}
