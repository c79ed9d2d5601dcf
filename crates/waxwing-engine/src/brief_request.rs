//! Requests to Meta that are worth a few attempts within seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waxwing_backoff::{Backoff, equal_jitter, random_fraction};

use crate::graph::{FailureKind, GraphError};

/// Number of requests that are made at the same time. Each takes a connection.
const MAX_CONCURRENT: usize = 32;

/// Number of attempts.
const ATTEMPTS: u32 = 4;

/// Longest time of all attempts together.
const TIMEOUT: Duration = Duration::from_secs(45);

const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(4));

/// The slots of brief requests.
#[derive(Debug)]
pub(crate) struct BriefRequests(Arc<Semaphore>);

impl Default for BriefRequests {
    fn default() -> Self {
        Self::new(MAX_CONCURRENT)
    }
}

impl BriefRequests {
    /// Creates this number of slots.
    pub(crate) fn new(slots: usize) -> Self {
        Self(Arc::new(Semaphore::new(slots)))
    }

    /// Returns a slot, or none if all are taken.
    pub(crate) fn slot(&self, what: &'static str) -> Option<OwnedSemaphorePermit> {
        let slot = self.0.clone().try_acquire_owned().ok();
        if slot.is_none() {
            tracing::warn!(what, "too many requests of this kind at the same time; left out");
        }
        slot
    }
}

/// Makes a request again while Meta fails for the moment. A failure is logged.
pub(crate) async fn attempt<F: Future<Output = Result<(), GraphError>>>(what: &'static str, request: impl Fn() -> F) {
    let attempts = async {
        let mut attempt = 1;
        loop {
            match request().await {
                Ok(()) => return tracing::debug!(what, attempt, "request done"),
                Err(error) if attempt < ATTEMPTS && is_temporary(&error) => {
                    let delay =
                        error.retry_after.unwrap_or_else(|| equal_jitter(BACKOFF.delay(attempt), random_fraction()));
                    tokio::time::sleep(delay).await;
                    attempt += 1;
                }
                Err(error) => {
                    return tracing::warn!(what, attempt, code = error.code, %error, "request failed; given up");
                }
            }
        }
    };
    if tokio::time::timeout(TIMEOUT, attempts).await.is_err() {
        tracing::warn!(what, "request took too long; given up");
    }
}

fn is_temporary(error: &GraphError) -> bool {
    matches!(error.kind, FailureKind::Transient | FailureKind::InDoubt)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use waxwing_client::FailureScope;

    use super::*;

    /// Returns the number of attempts of a request that fails this often with this kind.
    async fn attempts(failures: u32, kind: FailureKind) -> u32 {
        let count = AtomicU32::new(0);
        let request = || async {
            if count.fetch_add(1, Ordering::Relaxed) >= failures {
                return Ok(());
            }
            let (scope, message) = (FailureScope::Message, "no".to_owned());
            Err(GraphError { kind, scope, code: None, message, retry_after: None, allows_fallback: false })
        };
        attempt("test", request).await;
        count.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_repeated_a_few_times_while_meta_fails() {
        assert_eq!(attempts(0, FailureKind::Transient).await, 1);
        assert_eq!(attempts(2, FailureKind::Transient).await, 3);
        assert_eq!(attempts(9, FailureKind::InDoubt).await, ATTEMPTS);
        assert_eq!(attempts(9, FailureKind::Permanent).await, 1);
        assert_eq!(attempts(9, FailureKind::Blocked).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_hangs_is_given_up() {
        let started = tokio::time::Instant::now();
        attempt("test", std::future::pending).await;
        assert_eq!(started.elapsed(), TIMEOUT);
    }
}
