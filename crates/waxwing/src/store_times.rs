//! Counts the time of the operations of a store.

use std::time::Duration;

use waxwing_metrics::{Metric, Metrics};
use waxwing_store::{StoreObserver, StoreOperation};

/// Observer that counts in these metrics.
#[derive(Debug)]
pub(crate) struct StoreTimes(pub(crate) Metrics);

impl StoreObserver for StoreTimes {
    fn observe(&self, operation: StoreOperation, duration: Duration) {
        self.0.observe(Metric::DatabaseSeconds, [operation.as_str()], duration.as_secs_f64());
    }
}
