//! Retries of model requests.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use waxwing_agent::RunContext;
use waxwing_backoff::{Backoff, full_jitter, random_fraction};

use crate::{ModelError, ModelErrorKind};

/// Time before the deadline of a run at which the wait for a response ends, so that the run can still report the failure.
const RESERVE: Duration = Duration::from_millis(500);

/// How often and when a failed model request is retried.
///
/// The backoff doubles with each attempt, with full jitter: the actual delay is a random part of it. If the provider asks for a longer
/// delay, the request waits that long. If the delay exceeds [`max_backoff`](Self::max_backoff) or the deadline of the run, the next model
/// is asked at once. Errors that are not [retryable](ModelError::is_retryable) are not retried.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::{Agent as _, RunContext};
/// use waxwing_llm::{LlmAgent, ModelError, ModelErrorKind, RetryPolicy, ScriptedModel};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let overloaded = || ModelError::new(ModelErrorKind::RateLimited);
/// let model = ScriptedModel::new([overloaded(), overloaded()]);
/// let policy = RetryPolicy::default().with_max_attempts(2).with_initial_backoff(Duration::from_secs(1));
/// let agent = LlmAgent::builder("guide", model.clone()).retry(policy).build().unwrap();
/// let error = agent.run("Hi".into(), &RunContext::in_memory("34600000000")).await.unwrap_err();
/// assert!(error.is_retryable());
/// assert_eq!(model.requests().len(), 2);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Number of requests per model, including the first one. 0 counts as 1. Default: 3.
    pub max_attempts: u32,
    /// Maximum delay before the second attempt. Default: 500 ms.
    pub initial_backoff: Duration,
    /// Maximum delay before any attempt. Default: 20 s.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, initial_backoff: Duration::from_millis(500), max_backoff: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// Sets the number of requests per model, including the first one.
    pub const fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// Sets the maximum delay before the second attempt.
    pub const fn with_initial_backoff(self, initial_backoff: Duration) -> Self {
        Self { initial_backoff, ..self }
    }

    /// Sets the maximum delay before any attempt.
    pub const fn with_max_backoff(self, max_backoff: Duration) -> Self {
        Self { max_backoff, ..self }
    }

    /// Returns the delay after `attempts` failed attempts, or `None` if there is no further attempt. `jitter` is from 0 to 1.
    fn delay(&self, attempts: u32, error: &ModelError, jitter: f64) -> Option<Duration> {
        if attempts >= self.max_attempts || !error.is_retryable() {
            return None;
        }
        let backoff = full_jitter(Backoff::new(self.initial_backoff, self.max_backoff).delay(attempts), jitter);
        let delay = error.retry_after().map_or(backoff, |requested| requested.max(backoff));
        (delay <= self.max_backoff).then_some(delay)
    }
}

/// Returns the time until which a run waits for models.
pub(super) fn model_deadline(ctx: &RunContext) -> Option<Instant> {
    ctx.deadline().map(|deadline| Instant::from_std(deadline) - RESERVE)
}

/// Sends a request, and retries it by the policy until the deadline. `model` is the name for the log. `observe` gets the result of each
/// attempt with its duration, also of one that the deadline ends.
pub(super) async fn with_retries<T, Fut>(
    policy: RetryPolicy,
    model: &str,
    deadline: Option<Instant>,
    request: impl Fn() -> Fut,
    observe: impl Fn(&Result<T, ModelError>, Duration),
) -> Result<T, ModelError>
where
    Fut: Future<Output = Result<T, ModelError>>,
{
    let (mut attempt, mut last) = (0, None);
    loop {
        attempt += 1;
        let started = Instant::now();
        let result = until(deadline, request()).await;
        if let Err(error) = &result
            && error.kind() == ModelErrorKind::CircuitOpen
        {
            // No request was made. The earlier failure says more.
            return last.map_or(result, Err);
        }
        observe(&result, started.elapsed());
        let error = match result {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let delay = policy
            .delay(attempt, &error, random_fraction())
            .filter(|delay| deadline.is_none_or(|deadline| Instant::now() + *delay < deadline));
        let provider_message = error.provider_message();
        tracing::warn!(model, attempt, will_retry = delay.is_some(), %error, provider_message, "model request failed");
        match delay {
            Some(delay) => sleep(delay).await,
            None => return Err(error),
        }
        last = Some(error);
    }
}

async fn until<T>(
    deadline: Option<Instant>,
    request: impl Future<Output = Result<T, ModelError>>,
) -> Result<T, ModelError> {
    let Some(deadline) = deadline else { return request.await };
    timeout_at(deadline, request).await.unwrap_or_else(|_| {
        Err(ModelError::new(ModelErrorKind::Timeout).with_detail("the deadline of the run is reached"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attempts: u32, error: &ModelError, jitter: f64, expected: Option<u64>) {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(attempts, error, jitter), expected.map(Duration::from_millis));
    }

    #[test]
    fn delays_double_and_respect_the_provider() {
        use ModelErrorKind::{RateLimited, Rejected};
        let limited = |seconds| ModelError::new(RateLimited).with_retry_after(Duration::from_secs(seconds));
        check(1, &ModelError::new(RateLimited), 1.0, Some(500));
        check(2, &ModelError::new(RateLimited), 1.0, Some(1000));
        check(2, &ModelError::new(RateLimited), 0.25, Some(250));
        check(3, &ModelError::new(RateLimited), 1.0, None);
        check(1, &ModelError::new(Rejected), 1.0, None);
        check(1, &limited(7), 1.0, Some(7000));
        check(1, &limited(21), 1.0, None);
    }
}
