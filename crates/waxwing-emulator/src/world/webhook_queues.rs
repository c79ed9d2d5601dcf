//! Queues of webhooks that wait for delivery.
//!
//! One task delivers each queue, webhook by webhook, so the webhooks of a queue arrive in order. Different queues are independent.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::fault::FaultId;
use crate::timeline::{EmulatedUserId, WebhookSubject};

/// Length of a queue from which on the users of a test wait before they send more messages.
const HIGH_WATER_MARK: usize = 1_000;

/// Key of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueKey {
    /// Messages of a user.
    User(EmulatedUserId),
    /// Statuses of a message.
    Message(String),
    /// Account fields.
    Fields,
    /// All updates while batching is on.
    Batches,
}

/// Webhook that waits for delivery.
#[derive(Debug, Clone)]
pub(crate) struct QueuedWebhook {
    pub(crate) subjects: Vec<WebhookSubject>,
    /// Body, byte for byte the same in each attempt.
    pub(crate) body: Bytes,
    pub(crate) queued_at: SystemTime,
    /// Fault that took effect on an update of the webhook.
    pub(crate) fault: Option<FaultId>,
    /// Number of attempts that do not reach the server.
    pub(crate) dropped_attempts: u32,
    /// Number of attempts whose responses are lost.
    pub(crate) lost_responses: u32,
}

/// Queues that have webhooks or a delivery task.
#[derive(Debug, Default)]
pub(crate) struct WebhookQueues {
    queues: HashMap<QueueKey, Queue>,
}

/// Webhooks of one queue.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<QueuedWebhook>,
    /// Whether the delivery task has taken a webhook and has not asked for the next one.
    is_delivering: bool,
}

impl WebhookQueues {
    /// Appends a webhook. Returns whether the queue needs a delivery task.
    pub(super) fn push(&mut self, key: QueueKey, webhook: QueuedWebhook) -> bool {
        let is_new = !self.queues.contains_key(&key);
        self.queues.entry(key).or_default().waiting.push_back(webhook);
        is_new
    }

    /// Takes the next webhook of a queue. `None` removes the queue and ends its delivery task.
    pub(crate) fn pop(&mut self, key: &QueueKey) -> Option<QueuedWebhook> {
        let queue = self.queues.get_mut(key)?;
        let webhook = queue.waiting.pop_front();
        queue.is_delivering = webhook.is_some();
        if webhook.is_none() {
            self.queues.remove(key);
        }
        webhook
    }

    /// Returns whether a user may send another message.
    pub(crate) fn has_room(&self, key: &QueueKey) -> bool {
        self.queues.get(key).is_none_or(|queue| queue.waiting.len() < HIGH_WATER_MARK)
    }

    /// Returns whether a queue is empty and its last webhook has been delivered.
    pub(super) fn is_queue_idle(&self, key: &QueueKey) -> bool {
        !self.queues.contains_key(key)
    }

    /// Returns the number of webhooks that are not acknowledged yet.
    pub(super) fn waiting(&self) -> usize {
        self.queues.values().map(|queue| queue.waiting.len() + usize::from(queue.is_delivering)).sum()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queues.is_empty()
    }
}
