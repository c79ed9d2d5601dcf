//! Latch of the store's fault.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::StoreFault;

/// The fault of a store, until the store has recovered.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Latched>>);

#[derive(Debug, Clone, Copy)]
struct Latched {
    fault: StoreFault,
    since: Instant,
}

impl Health {
    /// Returns the latched fault.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|latched| latched.fault)
    }

    /// Latches a fault. Logs the fault, unless the same fault is latched already.
    pub(super) fn latch(&self, fault: StoreFault, cause: &dyn Display) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *state;
        *state = Some(Latched { fault, since: before.map_or_else(Instant::now, |latched| latched.since) });
        drop(state);
        if before.is_none_or(|latched| latched.fault != fault) {
            tracing::error!(reason = fault.reason(), %cause, "storage fault; refusing webhooks until it is repaired");
        }
    }

    /// Ends a fault.
    pub(super) fn clear(&self) {
        let latched = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Latched { fault, since }) = latched {
            let seconds = since.elapsed().as_secs();
            tracing::info!(reason = fault.reason(), seconds, "storage fault repaired; accepting webhooks");
        }
    }
}
