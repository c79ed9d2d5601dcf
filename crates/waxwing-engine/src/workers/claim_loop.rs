//! The loop that claims work from the store.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use waxwing_store::Error;

use super::Crew;
use crate::shared::Shared;
use crate::store_log::log_store_error;

/// How long a loop waits after the store failed.
pub(super) const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// Longest time between two claims of a loop, in case a wake-up was lost with another process.
const MAX_IDLE: Duration = Duration::from_secs(15);

/// Shortest time between two claims of a loop that found no work, so that a due time in the past does not make it spin.
const MIN_IDLE: Duration = Duration::from_millis(2);

/// Largest number of items that one transaction claims.
pub(super) const CLAIM_LIMIT: usize = 32;

/// A kind of work that a loop claims from the store.
#[async_trait]
pub(super) trait Job: Sync {
    /// Name in the log.
    const NAME: &str;

    /// Waits until an item may be claimed, and returns the number of items that may be claimed at once.
    async fn free(&self) -> usize {
        CLAIM_LIMIT
    }

    /// Returns the notification of due work.
    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify;

    /// Claims up to `limit` items and starts them.
    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error>;
}

/// The result of one claim.
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) count: usize,
    /// True if the limit was reached, so that more items may be due.
    pub(super) has_more: bool,
    /// How long it is until the next item is due.
    pub(super) next_due_in: Option<Duration>,
}

impl Claimed {
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.has_more |= other.has_more;
        self.next_due_in = self.next_due_in.into_iter().chain(other.next_due_in).min();
    }
}

/// Claims work, and waits when there is none, until `stop` is cancelled.
pub(super) async fn run<J: Job>(job: J, crew: Crew, stop: CancellationToken) {
    while let Some(limit) = stop.run_until_cancelled(job.free()).await {
        match job.claim(&crew, limit).await {
            Ok(Claimed { has_more: true, .. }) => {}
            Ok(Claimed { next_due_in, .. }) => idle(job.due(&crew.shared), next_due_in, &stop).await,
            Err(error) => {
                log_failure::<J>(&error);
                tokio::select! {
                    () = tokio::time::sleep(STORE_BACKOFF) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
}

pub(super) fn log_failure<J: Job>(error: &Error) {
    log_store_error!(*error, kind = J::NAME, "claim failed");
}

/// Waits until work may be due.
async fn idle(due: &Notify, next_due_in: Option<Duration>, stop: &CancellationToken) {
    let wait = next_due_in.map_or(MAX_IDLE, |wait| wait.clamp(MIN_IDLE, MAX_IDLE));
    tokio::select! {
        () = due.notified() => {}
        () = tokio::time::sleep(wait) => {}
        () = stop.cancelled() => {}
    }
}
