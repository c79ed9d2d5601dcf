//! The loops that do the engine's work: one runs turns, one sends, one sweeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_store::{Claims, Error};
use waxwing_types::PhoneNumberId;

use crate::engine::Shared;
use crate::rate_limit::SendableNumbers;
use crate::{retention, send, turn, vigil};

/// How long a loop rests after the store failed.
const REST: Duration = Duration::from_secs(1);

/// A loop looks for work at least this often, should a wake-up have been lost with another process.
const PATROL: Duration = Duration::from_secs(15);

/// A loop that found nothing waits at least this long, so that a due time that lies a moment ago does not keep it spinning.
const BREATH: Duration = Duration::from_millis(2);

/// At most this many are claimed in one transaction.
const CLAIM_LIMIT: usize = 32;

/// The running engine. Dropped without [`shutdown`](Self::shutdown), it stops at once, and what was not finished is resumed at the next start.
#[derive(Debug)]
pub struct Workers {
    stop: ShutdownSignal,
    tasks: TaskTracker,
    loops: Vec<JoinHandle<()>>,
    vigil: JoinHandle<()>,
}

/// Tells the work to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShutdownSignal {
    /// Nothing new is begun.
    pub(crate) drain: CancellationToken,
    /// What is going on is given up.
    pub(crate) abandon: CancellationToken,
}

impl Workers {
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let crew = Crew { shared: shared.clone(), stop: ShutdownSignal::default(), tasks: TaskTracker::new() };
        let turns = Turns(Arc::new(Semaphore::new(shared.settings.max_runs.max(1))));
        let sends = Sends(shared.send_places.clone());
        let loops = vec![
            tokio::spawn(work(turns, crew.clone())),
            tokio::spawn(work(sends, crew.clone())),
            tokio::spawn(retention::run(shared.clone(), crew.stop.clone())),
        ];
        let vigil = tokio::spawn(vigil::watch(shared.clone(), crew.stop.abandon.clone()));
        Self { stop: crew.stop, tasks: crew.tasks, loops, vigil }
    }

    /// Begins nothing new, gives what is going on the time `grace` to end, then hands it back to the store.
    pub async fn shutdown(mut self, grace: Duration) {
        self.stop.drain.cancel();
        for worker in self.loops.drain(..) {
            // A loop that panicked has nothing left to stop.
            let _ = worker.await;
        }
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(unfinished = self.tasks.len(), "the grace period is over; what is going on is handed back");
            self.stop.abandon.cancel();
            self.tasks.wait().await;
        }
        // Now that no turn is left to be watched over.
        self.stop.abandon.cancel();
        let _ = (&mut self.vigil).await;
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.drain.cancel();
        self.stop.abandon.cancel();
    }
}

/// What every loop has at hand.
#[derive(Clone)]
struct Crew {
    shared: Arc<Shared>,
    stop: ShutdownSignal,
    tasks: TaskTracker,
}

/// Work of one kind: where it comes from, and how it is begun.
#[async_trait]
trait Job: Sync {
    /// What it is called in the log.
    const NAME: &str;

    /// A place for each piece of work that may be going on.
    fn places(&self) -> &Semaphore;

    /// Told when there may be more to do.
    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify;

    /// Claims up to `limit` pieces of work and begins them.
    async fn begin(&self, crew: &Crew, limit: usize) -> Result<Begun, Error>;
}

/// What a look into the store brought.
struct Begun {
    count: usize,
    next: Option<Duration>,
}

/// Conversations that are to be answered.
struct Turns(Arc<Semaphore>);

#[async_trait]
impl Job for Turns {
    const NAME: &str = "turns";

    fn places(&self) -> &Semaphore {
        &self.0
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.turns_due
    }

    async fn begin(&self, crew: &Crew, limit: usize) -> Result<Begun, Error> {
        let Crew { shared, stop, tasks } = crew;
        let claimed_at = Instant::now();
        let lease = shared.settings.lease;
        let Claims { claimed, next_due_in } = shared.store.claim_turns(&shared.numbers, limit, lease).await?;
        let count = claimed.len();
        for claim in claimed {
            let place = self.0.clone().try_acquire_owned();
            tasks.spawn(turn::run(shared.clone(), stop.clone(), tasks.clone(), claim, claimed_at, place.ok()));
        }
        Ok(Begun { count, next: next_due_in })
    }
}

/// Conversations that have messages on their way out.
struct Sends(Arc<Semaphore>);

#[async_trait]
impl Job for Sends {
    const NAME: &str = "sends";

    fn places(&self) -> &Semaphore {
        &self.0
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.sends_due
    }

    async fn begin(&self, crew: &Crew, limit: usize) -> Result<Begun, Error> {
        let shared = &crew.shared;
        // What cannot get through is not even claimed, and where nobody knows, one message is.
        let SendableNumbers { free, probes, next } = shared.rate_limiter.sendable(&shared.numbers);
        let mut begun = Begun { count: 0, next };
        if !free.is_empty() {
            let Begun { count, next } = self.claim(crew, &free, limit).await?;
            begun.count = count;
            begun.next = begun.next.into_iter().chain(next).min();
        }
        for number in probes {
            let Begun { count, next } = self.claim(crew, &[number], 1).await?;
            // The end of a probe is told.
            begun.next = begun.next.into_iter().chain(next.filter(|_| count == 0)).min();
        }
        Ok(begun)
    }
}

impl Sends {
    async fn claim(&self, crew: &Crew, numbers: &[PhoneNumberId], limit: usize) -> Result<Begun, Error> {
        let Crew { shared, stop, tasks } = crew;
        let claimed_at = Instant::now();
        let request = shared.settings.retry.request();
        let Claims { claimed, next_due_in } = shared.store.claim_sends(numbers, limit, request).await?;
        let count = claimed.len();
        for first in claimed {
            // A turn that ended may have taken the place meanwhile: what is claimed is sent all the same.
            let place = self.0.clone().try_acquire_owned().ok();
            tasks.spawn(send::drain(shared.clone(), stop.clone(), first, claimed_at, place));
        }
        Ok(Begun { count, next: next_due_in })
    }
}

/// Looks for work as long as there are places for it, and rests when there is none, until it is time to stop.
async fn work<J: Job>(job: J, crew: Crew) {
    let Crew { shared, stop, .. } = &crew;
    while let Some(free) = free_places(job.places(), stop).await {
        let limit = free.min(CLAIM_LIMIT);
        match job.begin(&crew, limit).await {
            Ok(Begun { count, .. }) if count == limit => {}
            Ok(Begun { next, .. }) => idle(job.due(shared), next, stop).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "could not look for {} in the store",
                    J::NAME
                );
                tokio::select! {
                    () = tokio::time::sleep(REST) => {}
                    () = stop.drain.cancelled() => {}
                }
            }
        }
    }
}

/// Waits until there is a free place, and counts the free ones; none when it is time to stop.
async fn free_places(places: &Semaphore, stop: &ShutdownSignal) -> Option<usize> {
    tokio::select! {
        biased;
        () = stop.drain.cancelled() => None,
        place = places.acquire() => {
            drop(place.expect("the semaphore is never closed"));
            Some(places.available_permits())
        }
    }
}

/// Waits until there may be something to do.
async fn idle(due: &Notify, next: Option<Duration>, stop: &ShutdownSignal) {
    let patrol = next.map_or(PATROL, |next| next.clamp(BREATH, PATROL));
    tokio::select! {
        () = due.notified() => {}
        () = tokio::time::sleep(patrol) => {}
        () = stop.drain.cancelled() => {}
    }
}
