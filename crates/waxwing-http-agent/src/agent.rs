//! Agent that is a program behind a URL.

mod builder;

use std::fmt;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use waxwing_agent::{Agent, AgentError, IdempotencyKey, Reply, ReplyPart, RunContext, Step, Turn};

use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::wire::{WireAnswer, WireTemplateMismatch};
use crate::{answer, turn};

pub use builder::{HttpAgentBuilder, InvalidHttpAgent};

/// Time that a call leaves before the deadline of the run, so that the engine can still record the failure.
const RESERVE: Duration = Duration::from_millis(500);

/// Largest number of calls of one turn after an answer with a template that does not fit. The last answer counts as it is.
const MAX_CORRECTIONS: u32 = 2;

/// An agent that is a program in any language. The turn is posted to the program as JSON. The program answers with JSON, or with a stream
/// of events.
///
/// | event | result |
/// |---|---|
/// | the program is unreachable, or answers 429, 502 or 503 | the run fails with an [outage](AgentError::is_outage), which does not count as an attempt |
/// | the program is too slow, closes the connection early, or answers 408 or another 5xx | the run fails with a [retryable](AgentError::is_retryable) error |
/// | the program answers any other status than 200 | the run fails permanently |
/// | the answer is not signed for this call, or does not follow the contract | the run fails permanently |
/// | an answer or an interim message has a template that does not fit its definition | the answer is discarded, and the program is called again with the reasons, up to twice; interim messages are not sent again |
/// | the program sends the event `error` | the run fails; the event says whether the error is retryable |
/// | the process crashes after the answer was recorded | the repeated run uses the recorded answer |
/// | the process crashes before the answer was recorded | the repeated run calls again with the same key; interim messages are not sent again |
///
/// `Debug` output contains neither the secret nor the URL, which may contain a secret.
///
/// ```
/// use std::time::Duration;
/// use waxwing_http_agent::{HttpAgent, InvalidHttpAgent};
///
/// # fn main() -> Result<(), InvalidHttpAgent> {
/// let agent = HttpAgent::builder("shop")
///     .url("https://agent.example/turn")
///     .secret("a secret of at least 16 bytes")
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub struct HttpAgent {
    name: String,
    endpoint: Endpoint,
}

impl HttpAgent {
    /// Starts to build an agent with this name. The [URL](HttpAgentBuilder::url) and the [secret](HttpAgentBuilder::secret) are required.
    pub fn builder(name: impl Into<String>) -> HttpAgentBuilder {
        HttpAgentBuilder::new(name.into())
    }

    /// Calls the program.
    async fn call(&self, correction: &Correction<'_>, key: &IdempotencyKey) -> Result<WireAnswer, AgentError> {
        let Correction { turn, ctx, interim, sent, mismatches } = correction;
        let header_key = header_key(key);
        let limits = &self.endpoint.limits;
        let mut body = turn::to_wire(turn, &self.name, &header_key, limits, ctx).await?;
        body.template_mismatches.clone_from(mismatches);
        let call = Call { endpoint: &self.endpoint, key: &header_key, ctx: interim, sent };
        let timeout = timeout_for(ctx.deadline(), Instant::now(), limits.timeout);
        let answer = tokio::time::timeout(timeout, call.run(&body)).await;
        answer.map_err(|_| AgentError::retryable("the HTTP agent did not answer in time"))?
    }

    /// Returns the name of the step of a call, which is the first one or a correction.
    fn step_name(&self, correction: u32) -> String {
        match correction {
            0 => format!("{}: call", self.name),
            nth => format!("{}: correction {nth}", self.name),
        }
    }
}

/// Input of the calls of one turn.
struct Correction<'a> {
    turn: &'a Turn,
    ctx: &'a RunContext,
    /// Scope of the interim messages of all calls. They are not sent again if the journal has the answer.
    interim: RunContext,
    /// Number of the last interim message that was sent.
    sent: AtomicU32,
    /// Templates of the previous answer that do not fit.
    mismatches: Vec<WireTemplateMismatch>,
}

/// Returns the templates of a reply that the channel would refuse.
async fn find_mismatches(reply: &Reply, ctx: &RunContext) -> Vec<WireTemplateMismatch> {
    let mut mismatches = Vec::new();
    for part in reply.parts() {
        if let ReplyPart::Template(template) = part
            && let Err(mismatch) = ctx.check_template(template).await
        {
            mismatches.push(answer::mismatch(&mismatch));
        }
    }
    mismatches
}

/// Returns the timeout of a call in a run with this deadline.
fn timeout_for(deadline: Option<Instant>, now: Instant, limit: Duration) -> Duration {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(now).saturating_sub(RESERVE));
    left.map_or(limit, |left| left.min(limit))
}

/// Returns the key of a call. The key of the step may contain characters that headers do not allow.
fn header_key(key: &IdempotencyKey) -> String {
    hex::encode(&Sha256::digest(key.as_str())[..16])
}

impl fmt::Debug for HttpAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAgent").field("name", &self.name).field("endpoint", &self.endpoint).finish()
    }
}

#[async_trait]
impl Agent for HttpAgent {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let interim = ctx.scoped(ctx.idempotency_key(&self.step_name(0)).as_str());
        let (sent, mismatches) = (AtomicU32::new(0), Vec::new());
        let mut calls = Correction { turn: &turn, ctx, interim, sent, mismatches };
        let mut correction = 0;
        loop {
            let is_last = correction == MAX_CORRECTIONS;
            let call = async |key| self.call(&calls, &key).await;
            let mismatches = match ctx.step_with(Step::repeatable(self.step_name(correction)), call).await {
                Ok(answer) => {
                    let reply = answer::answer(&answer)?;
                    let mismatches = if is_last { Vec::new() } else { find_mismatches(&reply, ctx).await };
                    if mismatches.is_empty() {
                        answer::apply(&answer, ctx)?;
                        answer::schedule(&answer, ctx).await?;
                        return Ok(answer::handoff(&answer).into_iter().fold(reply, Reply::with_handoff));
                    }
                    mismatches
                }
                Err(error) => match error.template_mismatch() {
                    Some(mismatch) if !is_last => vec![answer::mismatch(mismatch)],
                    _ => return Err(error),
                },
            };
            let reason = &mismatches[0].reason;
            tracing::warn!(reason, "template of the HTTP agent refused; calling the agent again");
            calls.mismatches = mismatches;
            correction += 1;
        }
    }

    fn history_limit(&self) -> Option<usize> {
        Some(self.endpoint.limits.history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_before_the_deadline_of_the_run() {
        #[track_caller]
        fn check(left: Option<u64>, expected: u64) {
            let now = Instant::now();
            let deadline = left.map(|left| now + Duration::from_millis(left));
            let timeout = timeout_for(deadline, now, Duration::from_mins(2));
            assert_eq!(timeout, Duration::from_millis(expected));
        }
        check(None, 120_000);
        check(Some(600_000), 120_000);
        check(Some(10_000), 9_500);
        check(Some(100), 0);
    }
}
