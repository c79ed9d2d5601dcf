//! The agent.

use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use url::Url;
use waxwing_agent::{Agent, AgentError, IdempotencyKey, Reply, RunContext, Step, Turn};

use crate::exchange::Exchange;
use crate::settings::Limits;
use crate::{HttpAgentBuilder, SharedSecret, answer, turn};

/// So long before the run's future is dropped nothing is waited for any more, so that the failure can be told.
const RESERVE: Duration = Duration::from_millis(500);

/// An agent that another program is, in whatever language: the turn is posted to it as JSON, and it answers with JSON or with a stream of events.
///
/// | what happens | what comes of it |
/// |---|---|
/// | it cannot be reached, is too slow, hangs up, or answers 408, 429 or 5xx | the run fails, as [retryable](AgentError::is_retryable) |
/// | it answers anything else but 200, what is not signed, not signed for this call, or not of the contract | the run fails for good |
/// | it sends the event `error` | the run fails, as retryable if the event says so |
/// | the process dies after the answer was recorded | the repeated run finds it and does not ask again |
/// | the process dies before | the repeated run asks again, under the same key; what the user has got of it is not sent again |
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::Agent;
/// use waxwing_http_agent::HttpAgent;
///
/// let agent = HttpAgent::builder("support", "https://agents.example.com/turn", "a secret of at least 16 bytes")
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// assert_eq!(agent.name(), "support");
/// # Ok::<(), waxwing_http_agent::InvalidHttpAgent>(())
/// ```
pub struct HttpAgent {
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) secret: SharedSecret,
    pub(crate) client: reqwest::Client,
    pub(crate) limits: Limits,
}

impl HttpAgent {
    /// Begins an agent of this name at this URL, which shares this secret.
    pub fn builder(name: impl Into<String>, url: impl Into<String>, secret: impl Into<String>) -> HttpAgentBuilder {
        HttpAgentBuilder::new(name.into(), url.into(), secret.into())
    }

    async fn ask(
        &self,
        said: &Turn,
        key: &IdempotencyKey,
        ctx: &RunContext,
    ) -> Result<crate::wire::WireAnswer, AgentError> {
        let key_on_wire = wire_key(key);
        let body = turn::to_wire(said, &self.name, &key_on_wire, &self.limits, ctx).await?;
        // What is said within the step is counted by itself: it is not said again where the answer is found in the journal.
        let within = ctx.scoped(key.as_str());
        let exchange = Exchange { agent: self, key: &key_on_wire, ctx: &within };
        let timeout = time_for(ctx.deadline(), Instant::now(), self.limits.timeout);
        let answer = tokio::time::timeout(timeout, exchange.run(&body)).await;
        answer.map_err(|_| AgentError::retryable("the HTTP agent did not answer in time"))?
    }
}

/// How long a call may take, of a run with this deadline.
fn time_for(deadline: Option<Instant>, now: Instant, limit: Duration) -> Duration {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(now).saturating_sub(RESERVE));
    left.map_or(limit, |left| left.min(limit))
}

/// The key of a call as it travels: the step's own may have characters that no header has.
fn wire_key(key: &IdempotencyKey) -> String {
    hex::encode(&Sha256::digest(key.as_str())[..16])
}

/// Shows neither the secret nor the address, which may hold one.
impl fmt::Debug for HttpAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str();
        f.debug_struct("HttpAgent").field("name", &self.name).field("host", &host).finish_non_exhaustive()
    }
}

#[async_trait]
impl Agent for HttpAgent {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let step = Step::repeatable(format!("{}: call", self.name));
        let answer = ctx.step_with(step, async |key| self.ask(&turn, &key, ctx).await).await?;
        answer::apply(&answer, ctx)?;
        let reply = answer::reply(&answer.parts)?;
        Ok(match answer::handoff(&answer) {
            Some(handoff) => reply.with_handoff(handoff),
            None => reply,
        })
    }

    fn history_limit(&self) -> Option<usize> {
        Some(self.limits.history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_left_to_tell_of_a_failure() {
        #[track_caller]
        fn check(left: Option<u64>, expected: u64) {
            let now = Instant::now();
            let deadline = left.map(|left| now + Duration::from_millis(left));
            let time = time_for(deadline, now, Duration::from_mins(2));
            assert_eq!(time, Duration::from_millis(expected));
        }
        check(None, 120_000);
        check(Some(600_000), 120_000);
        check(Some(10_000), 9_500);
        check(Some(100), 0);
    }
}
