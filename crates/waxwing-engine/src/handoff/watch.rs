//! Watches human handoffs that end, or that nobody answers.

use std::sync::Arc;
use std::time::Duration;

use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Number of handoffs of each sort that one step examines.
const BATCH: usize = 100;

/// Longest time between two steps.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Pause after a failure of the store.
const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// Records the events of handoffs as they become due, until the engine drains.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let reminder = Some(shared.settings.handoff_reminder).filter(|reminder| !reminder.is_zero());
    loop {
        let pause = match shared.store.record_due_handoffs(reminder, BATCH).await {
            Ok(due) if due.recorded >= BATCH => Duration::ZERO,
            Ok(due) => due.next_in.unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE),
            Err(error) => {
                log_store_error!(error, "handoffs not examined; trying again");
                STORE_BACKOFF
            }
        };
        tokio::select! {
            biased;
            () = shutdown.drain.cancelled() => return,
            () = shared.due.handoffs.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
