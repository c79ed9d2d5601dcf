//! Removes old data from the store, in small steps.

use std::sync::Arc;
use std::time::Duration;

use waxwing_backoff::random_fraction;
use waxwing_store::RetentionStats;

use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Largest number of rows that one step reads: a few milliseconds of the store's time.
const STEP_ROWS: usize = 200;

/// Pause between two steps.
const STEP_PAUSE: Duration = Duration::from_millis(20);

/// Number of steps after which a round reports its result and pauses.
const ROUND_STEPS: usize = 1000;

/// Pause of an unfinished round.
const ROUND_PAUSE: Duration = Duration::from_secs(1);

/// Applies the retention rules from time to time, until the engine drains.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let interval = shared.settings.retention.interval;
    // Jitter of a quarter: processes that start together do not clean up together.
    let usual = || (interval / 4 * 3).saturating_add((interval / 2).mul_f64(random_fraction()));
    let mut pause = usual();
    while sleep(pause, &shutdown).await {
        let Some(stats) = round(&shared, &shutdown).await else { break };
        if stats.is_complete {
            remove_unused_media(&shared).await;
        }
        pause = if stats.is_complete { usual() } else { usual().min(ROUND_PAUSE) };
        let stats = RetentionStats { is_complete: false, ..stats };
        if stats != RetentionStats::default() {
            tracing::debug!(
                inbox = stats.inbox,
                outbox = stats.outbox,
                statuses = stats.statuses,
                entries = stats.entries,
                sessions = stats.sessions,
                memories = stats.memories,
                media = stats.media,
                uploads = stats.uploads,
                quarantine = stats.quarantine,
                deduplication = stats.deduplication,
                campaigns = stats.campaigns,
                recipients = stats.recipients,
                usage = stats.usage,
                "old data removed"
            );
        }
    }
}

/// Removes data until the round is complete or has reached its number of steps. Returns none if the engine drains.
async fn round(shared: &Shared, shutdown: &ShutdownSignal) -> Option<RetentionStats> {
    let mut total = RetentionStats::default();
    for _ in 0..ROUND_STEPS {
        let step = tokio::select! {
            step = shared.store.apply_retention(&shared.settings.retention.keep, STEP_ROWS) => step,
            () = shutdown.drain.cancelled() => return None,
        };
        match step {
            Ok(stats) => total += stats,
            Err(error) => {
                log_store_error!(error, "removing old data failed");
                total.is_complete = true;
            }
        }
        if total.is_complete || !sleep(STEP_PAUSE, shutdown).await {
            break;
        }
    }
    Some(total)
}

/// Removes media to which no message refers any more.
async fn remove_unused_media(shared: &Shared) {
    match shared.media.remove_unused().await {
        Ok(0) => {}
        Ok(files) => tracing::debug!(files, "old media removed"),
        Err(error) => log_store_error!(error, "removing old media failed"),
    }
}

/// Sleeps. Returns false if the engine drains.
async fn sleep(time: Duration, shutdown: &ShutdownSignal) -> bool {
    tokio::select! {
        biased;
        () = shutdown.drain.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
