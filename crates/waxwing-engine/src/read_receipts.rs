//! Marks messages as read without a typing indicator.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use waxwing_types::{MessageId, PhoneNumberId};

use crate::graph::Graph;
use crate::rate_limit::RateLimiter;

/// Number of concurrent calls. Each takes a connection.
const MAX_CONCURRENT: usize = 32;

/// Sends read receipts.
#[derive(Debug)]
pub(crate) struct ReadReceiptSender {
    slots: Arc<Semaphore>,
    rate_limiter: Arc<RateLimiter>,
}

impl ReadReceiptSender {
    pub(crate) fn new(rate_limiter: Arc<RateLimiter>) -> Self {
        Self { slots: Arc::new(Semaphore::new(MAX_CONCURRENT)), rate_limiter }
    }

    /// Marks a message and all before it as read, in a task.
    ///
    /// The receipt is left out without a free slot, and while the circuit of the number is not closed: the receipt of a later message covers the
    /// message.
    pub(crate) fn send(&self, tasks: &TaskTracker, number: &PhoneNumberId, graph: Arc<dyn Graph>, message: MessageId) {
        if !self.rate_limiter.is_circuit_closed(number) {
            return;
        }
        let Ok(slot) = self.slots.clone().try_acquire_owned() else { return };
        drop(tasks.spawn(async move {
            if let Err(error) = graph.mark_read(&message).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "read receipt failed");
            }
            drop(slot);
        }));
    }
}
