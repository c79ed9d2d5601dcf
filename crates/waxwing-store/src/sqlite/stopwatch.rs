//! Measures operations for the observer of the store.

use std::sync::Arc;
use std::time::Instant;

use crate::{StoreObserver, StoreOperation};

/// Measures operations. Without an observer, it reads no clock.
#[derive(Debug, Clone)]
pub(super) struct Stopwatch(Option<Arc<dyn StoreObserver>>);

/// A measurement that ends when it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Timing(Option<(Arc<dyn StoreObserver>, StoreOperation, Instant)>);

impl Stopwatch {
    pub(super) fn new(observer: Option<Arc<dyn StoreObserver>>) -> Self {
        Self(observer)
    }

    /// Starts a measurement.
    pub(super) fn start(&self, operation: StoreOperation) -> Timing {
        Timing(self.0.clone().map(|observer| (observer, operation, Instant::now())))
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        if let Some((observer, operation, started)) = &self.0 {
            observer.observe(*operation, started.elapsed());
        }
    }
}
