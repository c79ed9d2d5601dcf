//! One answer, from whichever model gives it: tries, waits, fallbacks.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};
use waxwing_agent::{AgentError, RunContext};
use waxwing_backoff::{Backoff, full_jitter, random_fraction};

use super::prompt;
use crate::{
    ChatMessage, ChatModel, ChatRequest, ChatResponse, ContentPart, Modalities, ModelError, ModelErrorKind, StopReason,
};

/// So long before the run's future is dropped nothing is waited for any more, so that the failure can be told.
const RESERVE: Duration = Duration::from_millis(500);

/// How often a model is asked again, and after which time.
///
/// The wait doubles from try to try, with full jitter: a random share of it is waited. A provider that says how long it wants to be left alone is left
/// alone that long; where that is longer than [`max_backoff`](RetryPolicy::max_backoff), or than the run has left, the next model is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often each model is asked, the first time included; at least once.
    pub max_attempts: u32,
    /// The wait before the second try, at most.
    pub initial_backoff: Duration,
    /// The longest wait before any try.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    /// Three tries; waits from half a second to 20 seconds.
    fn default() -> Self {
        Self { max_attempts: 3, initial_backoff: Duration::from_millis(500), max_backoff: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// The wait after so many tries, if there is to be another. `share` is from 0 to 1.
    fn wait(&self, tries: u32, error: &ModelError, share: f64) -> Option<Duration> {
        if tries >= self.max_attempts || !error.is_retryable() {
            return None;
        }
        let backoff = full_jitter(Backoff::new(self.initial_backoff, self.max_backoff).delay(tries), share);
        let wait = error.retry_after().map_or(backoff, |asked| asked.max(backoff));
        (wait <= self.max_backoff).then_some(wait)
    }
}

/// An answer, and whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) model: String,
    pub(super) response: ChatResponse,
}

/// Asks the models one after the other.
pub(super) async fn ask(
    models: &[Arc<dyn ChatModel>],
    retry: RetryPolicy,
    request: &ChatRequest,
    may_be_empty: bool,
    deadline: Option<Instant>,
) -> Result<Answer, ModelError> {
    let mut failure = None;
    for model in models {
        let request = fitted(request, model.modalities());
        let call = || async {
            match model.chat(&request).await {
                Ok(response) if !may_be_empty && is_useless(&response) => {
                    Err(ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is empty"))
                }
                result => result,
            }
        };
        match attempts(retry, model.name(), deadline, call).await {
            Ok(response) => return Ok(Answer { model: model.name().to_owned(), response }),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.expect("there is at least one model, and it is asked at least once"))
}

/// Until when models are waited for.
pub(super) fn deadline(ctx: &RunContext) -> Option<Instant> {
    ctx.deadline().map(|deadline| Instant::from_std(deadline) - RESERVE)
}

/// What a run fails with.
pub(super) fn failed(error: ModelError) -> AgentError {
    let made = if error.is_retryable() { AgentError::retryable } else { AgentError::new };
    made(error.to_string()).with_source(error)
}

/// Makes a call, and makes it again after a while.
pub(super) async fn attempts<T, Fut>(
    retry: RetryPolicy,
    name: &str,
    deadline: Option<Instant>,
    call: impl Fn() -> Fut,
) -> Result<T, ModelError>
where
    Fut: Future<Output = Result<T, ModelError>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match within(deadline, call()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let wait = retry.wait(tries, &error, random_fraction());
        tracing::warn!(model = name, tries, again = wait.is_some(), %error, "a model gave no answer");
        match wait {
            Some(wait) if deadline.is_none_or(|deadline| Instant::now() + wait < deadline) => sleep(wait).await,
            _ => return Err(error),
        }
    }
}

fn is_useless(response: &ChatResponse) -> bool {
    response.is_empty() && response.stop != StopReason::Refused
}

async fn within<T>(
    deadline: Option<Instant>,
    call: impl Future<Output = Result<T, ModelError>>,
) -> Result<T, ModelError> {
    match deadline {
        None => call.await,
        Some(deadline) => timeout_at(deadline, call)
            .await
            .unwrap_or_else(|_| Err(ModelError::new(ModelErrorKind::Timeout).with_detail("the run's time is up"))),
    }
}

/// The request with words in the place of media that the model does not take.
fn fitted(request: &ChatRequest, modalities: Modalities) -> Cow<'_, ChatRequest> {
    let is_taken = |content: &ContentPart| match content {
        ContentPart::Text(_) => true,
        ContentPart::Image(_) => modalities.images,
        ContentPart::Audio(_) => modalities.audio,
        ContentPart::Document(_) => modalities.documents,
    };
    let contents =
        |message: &ChatMessage| matches!(message, ChatMessage::User(contents) if !contents.iter().all(is_taken));
    if !request.messages.iter().any(contents) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for message in &mut request.messages {
        let ChatMessage::User(contents) = message else { continue };
        for content in contents.iter_mut().filter(|content| !is_taken(content)) {
            *content = ContentPart::Text(prompt::description(content));
        }
    }
    Cow::Owned(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tries: u32, error: &ModelError, share: f64, expected: Option<u64>) {
        let retry = RetryPolicy::default();
        assert_eq!(retry.wait(tries, error, share), expected.map(Duration::from_millis));
    }

    #[test]
    fn waits() {
        use ModelErrorKind::{RateLimited, Rejected};
        let busy = |seconds| ModelError::new(RateLimited).with_retry_after(Duration::from_secs(seconds));
        check(1, &ModelError::new(RateLimited), 1.0, Some(500));
        check(2, &ModelError::new(RateLimited), 1.0, Some(1000));
        check(2, &ModelError::new(RateLimited), 0.25, Some(250));
        check(3, &ModelError::new(RateLimited), 1.0, None);
        check(1, &ModelError::new(Rejected), 1.0, None);
        check(1, &busy(7), 1.0, Some(7000));
        check(1, &busy(21), 1.0, None);
    }
}
