//! The background tasks of an engine.
//!
//! One loop claims turns and one loop claims sends. Further tasks renew leases, show the typing indicator and apply the retention rules.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use waxwing_store::{Claims, Error, SendLimits};
use waxwing_types::PhoneNumberId;

use crate::outbound::send;
use crate::rate_limit::{HalfOpenNumber, SendableNumbers};
use crate::send_slots::SendSlots;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::{retention, turn};

/// How long a loop waits after the store failed.
const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// Longest time between two claims of a loop, in case a wake-up was lost with another process.
const MAX_IDLE: Duration = Duration::from_secs(15);

/// Shortest time between two claims of a loop that found no work, so that a due time in the past does not make it spin.
const MIN_IDLE: Duration = Duration::from_millis(2);

/// Largest number of items that one transaction claims.
const CLAIM_LIMIT: usize = 32;

/// The background tasks of a running engine.
///
/// Dropping this value without [`shutdown`](Self::shutdown) stops the tasks at once. The next start resumes unfinished work.
#[derive(Debug)]
pub struct Workers {
    shutdown: ShutdownSignal,
    /// Turns and sends in progress.
    tasks: TaskTracker,
    /// Loops that end when the engine drains.
    loops: Vec<JoinHandle<()>>,
    /// Loops that serve turns in progress, and end when the last turn has ended.
    keepers: Vec<JoinHandle<()>>,
}

impl Workers {
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let crew = Crew { shared: shared.clone(), shutdown: ShutdownSignal::default(), tasks: TaskTracker::new() };
        let turns = Turns(Arc::new(Semaphore::new(shared.settings.max_runs.max(1))));
        let sends = Sends(shared.send_slots.clone());
        let loops = vec![
            tokio::spawn(claim_and_start(turns, crew.clone())),
            tokio::spawn(claim_and_start(sends, crew.clone())),
            tokio::spawn(retention::run(shared.clone(), crew.shutdown.clone())),
        ];
        let (leases, typing, abort) =
            (shared.lease_renewer.clone(), shared.typing_indicator.clone(), crew.shutdown.abort.clone());
        let keepers = vec![
            tokio::spawn({
                let abort = abort.clone();
                async move { leases.run(abort).await }
            }),
            tokio::spawn(async move { typing.run(abort).await }),
        ];
        Self { shutdown: crew.shutdown, tasks: crew.tasks, loops, keepers }
    }

    /// Shuts the engine down gracefully: claims no more work and waits for turns and sends in progress.
    ///
    /// After `timeout`, unfinished work is released to the store, where the next process finds it.
    pub async fn shutdown(mut self, timeout: Duration) {
        self.shutdown.drain.cancel();
        for worker in self.loops.drain(..) {
            // A loop that panicked has stopped as well.
            let _ = worker.await;
        }
        self.tasks.close();
        if tokio::time::timeout(timeout, self.tasks.wait()).await.is_err() {
            tracing::warn!(unfinished = self.tasks.len(), "shutdown timeout reached; releasing unfinished work");
            self.shutdown.abort.cancel();
            self.tasks.wait().await;
        }
        self.shutdown.abort.cancel();
        for keeper in self.keepers.drain(..) {
            let _ = keeper.await;
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shutdown.drain.cancel();
        self.shutdown.abort.cancel();
    }
}

/// The parts that every claiming loop uses.
#[derive(Clone)]
struct Crew {
    shared: Arc<Shared>,
    shutdown: ShutdownSignal,
    tasks: TaskTracker,
}

/// A kind of work that a loop claims from the store.
#[async_trait]
trait Job: Sync {
    /// Name in the log.
    const NAME: &str;

    /// Returns the permits, one for each item that may be in progress.
    fn permits(&self) -> &Semaphore;

    /// Returns the notification of due work.
    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify;

    /// Claims up to `limit` items and starts them.
    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error>;
}

/// The result of one claim.
#[derive(Default)]
struct Claimed {
    count: usize,
    /// True if the limit was reached, so that more items may be due.
    has_more: bool,
    /// How long it is until the next item is due.
    next_due_in: Option<Duration>,
}

impl Claimed {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.has_more |= other.has_more;
        self.next_due_in = self.next_due_in.into_iter().chain(other.next_due_in).min();
    }
}

/// Conversations with pending messages.
struct Turns(Arc<Semaphore>);

#[async_trait]
impl Job for Turns {
    const NAME: &str = "turns";

    fn permits(&self) -> &Semaphore {
        &self.0
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.turns_due
    }

    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        let Crew { shared, shutdown, tasks } = crew;
        let numbers = shared.routes.numbers();
        let claimed_at = Instant::now();
        let Claims { claimed, next_due_in } = shared.store.claim_turns(numbers, limit, shared.settings.lease).await?;
        let count = claimed.len();
        for claim in claimed {
            let permit = self.0.clone().try_acquire_owned();
            tasks.spawn(turn::run(shared.clone(), shutdown.clone(), tasks.clone(), claim, claimed_at, permit.ok()));
        }
        Ok(Claimed { count, has_more: count == limit, next_due_in })
    }
}

/// Conversations with messages to send.
struct Sends(SendSlots);

#[async_trait]
impl Job for Sends {
    const NAME: &str = "sends";

    fn permits(&self) -> &Semaphore {
        self.0.healthy()
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.sends_due
    }

    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        let shared = &crew.shared;
        // Numbers with an open circuit are not claimed. A number with a half-open circuit gets a few messages, as probes.
        let SendableNumbers { open, half_open, next_in } = shared.rate_limiter.sendable(shared.routes.numbers());
        let mut claimed = Claimed { next_due_in: next_in, ..Claimed::default() };
        if !open.is_empty() {
            let limits = SendLimits { healthy: limit, failing: self.0.free_failing().min(CLAIM_LIMIT) };
            claimed.add(&self.claim_numbers(crew, &open, limits).await?);
        }
        for HalfOpenNumber { number, probes, allows_failing } in half_open {
            let numbers = [number];
            let mut probing = self.claim_numbers(crew, &numbers, SendLimits { healthy: probes, failing: 0 }).await?;
            if probing.count == 0 && allows_failing {
                probing.add(&self.claim_numbers(crew, &numbers, SendLimits { healthy: 0, failing: 1 }).await?);
            }
            // The end of a probe wakes this loop, so the due time matters only without a probe.
            claimed.add(&Claimed {
                has_more: false,
                next_due_in: probing.next_due_in.filter(|_| probing.count == 0),
                ..probing
            });
        }
        Ok(claimed)
    }
}

impl Sends {
    async fn claim_numbers(
        &self,
        crew: &Crew,
        numbers: &[PhoneNumberId],
        limits: SendLimits,
    ) -> Result<Claimed, Error> {
        let Crew { shared, shutdown, tasks } = crew;
        let claimed_at = Instant::now();
        let policy = shared.settings.retry.send_policy();
        let Claims { claimed, next_due_in } = shared.store.claim_sends(numbers, limits, policy).await?;
        let (count, failing) = (claimed.len(), claimed.iter().filter(|first| first.failing_for.is_some()).count());
        for first in claimed {
            let slot = self.0.take(first.failing_for.is_some());
            tasks.spawn(send::send_queue(shared.clone(), shutdown.clone(), first, claimed_at, slot));
        }
        Ok(Claimed { count, has_more: limits.healthy > 0 && count - failing >= limits.healthy, next_due_in })
    }
}

/// Claims work while permits are free, and waits when there is none, until the engine drains.
async fn claim_and_start<J: Job>(job: J, crew: Crew) {
    let Crew { shared, shutdown, .. } = &crew;
    while let Some(free) = free_permits(job.permits(), shutdown).await {
        let limit = free.min(CLAIM_LIMIT);
        match job.claim(&crew, limit).await {
            Ok(Claimed { has_more: true, .. }) => {}
            Ok(Claimed { next_due_in, .. }) => idle(job.due(shared), next_due_in, shutdown).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, kind = J::NAME, "claim failed");
                tokio::select! {
                    () = tokio::time::sleep(STORE_BACKOFF) => {}
                    () = shutdown.drain.cancelled() => {}
                }
            }
        }
    }
}

/// Waits for a free permit, and returns the number of free permits. Returns none when the engine drains.
async fn free_permits(permits: &Semaphore, shutdown: &ShutdownSignal) -> Option<usize> {
    tokio::select! {
        biased;
        () = shutdown.drain.cancelled() => None,
        permit = permits.acquire() => {
            drop(permit.expect("the semaphore is never closed"));
            Some(permits.available_permits())
        }
    }
}

/// Waits until work may be due.
async fn idle(due: &Notify, next_due_in: Option<Duration>, shutdown: &ShutdownSignal) {
    let wait = next_due_in.map_or(MAX_IDLE, |wait| wait.clamp(MIN_IDLE, MAX_IDLE));
    tokio::select! {
        () = due.notified() => {}
        () = tokio::time::sleep(wait) => {}
        () = shutdown.drain.cancelled() => {}
    }
}
