//! Stores the alarms that the engine itself raises.

use std::sync::Arc;

use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Stores alarms as events, until the engine drains.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let Some(mut alarms) = shared.reports.alarms.take() else { return };
    loop {
        let alarm = tokio::select! {
            () = shutdown.drain.cancelled() => return,
            alarm = alarms.recv() => alarm,
        };
        let Some(alarm) = alarm else { return };
        if let Err(error) = shared.store.raise_event(alarm).await {
            log_store_error!(error, "alarm not stored as an event");
        }
    }
}
