//! Human handoffs over time, through a spy.

use std::time::Duration;

use async_trait::async_trait;
use waxwing_store::{DueHandoffs, Error, HandoffStore};

use super::Spy;

#[async_trait]
impl HandoffStore for Spy {
    async fn record_due_handoffs(&self, reminder: Option<Duration>, limit: usize) -> Result<DueHandoffs, Error> {
        self.inner.record_due_handoffs(reminder, limit).await
    }
}
