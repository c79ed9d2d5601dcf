//! What the store does through its public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;

use std::sync::Arc;

use waxwing_store::Timestamp;
use waxwing_store::time::ManualClock;

/// A clock that stands still.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)))
}
