//! The two loops that do the engine's work: one runs turns, one sends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_store::{Claims, Error, Timestamp};

use crate::engine::Shared;
use crate::{media, send, turn};

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
    stop: Stop,
    tasks: TaskTracker,
    loops: Vec<JoinHandle<()>>,
}

/// Tells the work to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    /// Nothing new is begun.
    pub(crate) drain: CancellationToken,
    /// What is going on is given up.
    pub(crate) abandon: CancellationToken,
}

impl Workers {
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let stop = Stop::default();
        let tasks = TaskTracker::new();
        let loops = vec![
            tokio::spawn(turns(shared.clone(), stop.clone(), tasks.clone())),
            tokio::spawn(sends(shared.clone(), stop.clone(), tasks.clone())),
        ];
        Self { stop, tasks, loops }
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
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.drain.cancel();
        self.stop.abandon.cancel();
    }
}

async fn turns(shared: Arc<Shared>, stop: Stop, tasks: TaskTracker) {
    media::sweep(&shared.settings.media.dir).await;
    let places = Arc::new(Semaphore::new(shared.settings.max_runs));
    loop {
        let Some(free) = free_places(&places, &stop).await else { return };
        let claimed = shared.store.claim_turns(&shared.numbers, free.min(CLAIM_LIMIT), shared.settings.lease).await;
        let Some(claims) = claimed_or_rest(claimed, "turns", &stop).await else { continue };
        let more = claims.claimed.len() == free.min(CLAIM_LIMIT);
        for claim in claims.claimed {
            let place = places.clone().try_acquire_owned().expect("only this loop takes places, and it counted them");
            let turn = turn::run(shared.clone(), stop.clone(), tasks.clone(), claim);
            tasks.spawn(async move {
                turn.await;
                drop(place);
            });
        }
        if !more {
            idle(&shared.turns_due, claims.next, &shared, &stop).await;
        }
    }
}

async fn sends(shared: Arc<Shared>, stop: Stop, tasks: TaskTracker) {
    let places = &shared.send_places;
    let request = shared.settings.retry.request();
    loop {
        let Some(free) = free_places(places, &stop).await else { return };
        let claimed = shared.store.claim_sends(&shared.numbers, free.min(CLAIM_LIMIT), request).await;
        let Some(claims) = claimed_or_rest(claimed, "sends", &stop).await else { continue };
        let more = claims.claimed.len() == free.min(CLAIM_LIMIT);
        for claim in claims.claimed {
            tasks.spawn(send::drain(shared.clone(), stop.clone(), claim, places.clone().try_acquire_owned().ok()));
        }
        if !more {
            idle(&shared.sends_due, claims.next, &shared, &stop).await;
        }
    }
}

/// Waits until there is a free place, and counts the free ones; none when it is time to stop.
async fn free_places(places: &Semaphore, stop: &Stop) -> Option<usize> {
    tokio::select! {
        () = stop.drain.cancelled() => None,
        place = places.acquire() => {
            drop(place.expect("the semaphore is never closed"));
            Some(places.available_permits())
        }
    }
}

async fn claimed_or_rest<T>(claimed: Result<Claims<T>, Error>, what: &str, stop: &Stop) -> Option<Claims<T>> {
    match claimed {
        Ok(claims) => Some(claims),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "could not look for {what} in the store");
            tokio::select! {
                () = tokio::time::sleep(REST) => {}
                () = stop.drain.cancelled() => {}
            }
            None
        }
    }
}

/// Waits until there may be something to do.
async fn idle(due: &Notify, next: Option<Timestamp>, shared: &Shared, stop: &Stop) {
    let patrol = next.map_or(PATROL, |next| next.since(shared.clock.now()).clamp(BREATH, PATROL));
    tokio::select! {
        () = due.notified() => {}
        () = tokio::time::sleep(patrol) => {}
        () = stop.drain.cancelled() => {}
    }
}
