//! Lets the store forget what it need not keep: a round every few minutes, in small steps with a breath in between.

use std::sync::Arc;
use std::time::Duration;

use waxwing_backoff::random_fraction;
use waxwing_store::RetentionStats;

use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;

/// How many rows a step looks at, at most: a few milliseconds of the time of the store.
const STEP: usize = 200;

/// How long the store is left alone between two steps.
const BREATH: Duration = Duration::from_millis(20);

/// After so many steps a round pauses: it tells what it has done, and goes on.
const STEPS: usize = 1000;

/// How long.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// Sweeps from time to time, until it is time to stop.
pub(crate) async fn run(shared: Arc<Shared>, stop: ShutdownSignal) {
    let interval = shared.settings.retention.interval;
    // Processes that were started together do not sweep together.
    let usual = || (interval / 4 * 3).saturating_add((interval / 2).mul_f64(random_fraction()));
    let mut pause = usual();
    while rest(pause, &stop).await {
        let Some(swept) = round(&shared, &stop).await else { break };
        pause = if swept.is_complete { usual() } else { usual().min(SHORT_PAUSE) };
        let swept = RetentionStats { is_complete: false, ..swept };
        if swept != RetentionStats::default() {
            tracing::debug!(
                inbox = swept.inbox,
                outbox = swept.outbox,
                statuses = swept.statuses,
                entries = swept.entries,
                sessions = swept.sessions,
                quarantine = swept.quarantine,
                deduplication = swept.deduplication,
                "what was old enough is removed"
            );
        }
    }
}

/// What one round removed, or the part of it that was not broken off; none if it is time to stop.
async fn round(shared: &Shared, stop: &ShutdownSignal) -> Option<RetentionStats> {
    let mut total = RetentionStats::default();
    for _ in 0..STEPS {
        let done = tokio::select! {
            done = shared.store.apply_retention(&shared.settings.retention.keep, STEP) => done,
            // What is dropped here is swept another time.
            () = stop.drain.cancelled() => return None,
        };
        match done {
            Ok(swept) => total += swept,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "what is old could not be removed");
                total.is_complete = true;
            }
        }
        if total.is_complete || !rest(BREATH, stop).await {
            break;
        }
    }
    Some(total)
}

/// Waits; false if it is time to stop.
async fn rest(time: Duration, stop: &ShutdownSignal) -> bool {
    tokio::select! {
        biased;
        () = stop.drain.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
