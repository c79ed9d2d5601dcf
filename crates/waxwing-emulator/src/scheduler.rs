//! Scheduler of the timers of the emulated world.

use std::sync::Arc;
use std::time::Duration;

use crate::operations::timers;
use crate::shared::Shared;

/// Executes timers when they are due, until the emulator stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut changes = shared.changes();
    loop {
        changes.mark_unchanged();
        let next = shared.world().runtime.timers.next_due();
        let Some(next) = next else {
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        };
        let left = next.duration_since(shared.clock.now()).unwrap_or_default();
        if left.is_zero() {
            shared.change(timers::run_due);
            continue;
        }
        tokio::select! {
            () = shared.clock.sleep(left) => {}
            _ = changes.changed() => {}
        }
    }
}

/// Advances the clock and executes the timers that become due.
pub(crate) fn advance(shared: &Shared, by: Duration) {
    shared.clock.advance(by);
    shared.change(timers::run_due);
}
