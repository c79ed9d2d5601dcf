//! Publishing of updates as webhooks.
//!
//! An update passes the subscriptions of the app, the active faults, and the batch, until it is queued as a webhook.

mod batch;
mod json_bytes;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::effect::Effect;
use super::runtime::Runtime;
use super::timer::Timer;
use super::webhook_queues::{QueueKey, QueuedWebhook, WebhookQueues};
use super::webhook_update::{DeliveryFaults, WebhookUpdate};
use crate::behavior::BatchLayout;
use crate::business::BusinessIdentity;
use crate::fault::WebhookFault;
use crate::json_escape::LONE_SURROGATE;
use crate::payload;
use crate::timeline::WebhookSubject;

use batch::UpdateBatch;
use json_bytes::JsonBytes;

/// Time for which an update waits to be overtaken.
const REORDER_WAIT: Duration = Duration::from_secs(1);
/// Number of updates that are remembered for [`WebhookFault::Regroup`].
const RECENT: usize = 16;
/// Maximum number of copies of one update.
const MAX_COPIES: u32 = 16;

/// Webhook fields that the app receives.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    /// Whether the app is subscribed to the account, without which the app receives no webhooks.
    pub(crate) is_active: bool,
    /// Subscribed fields. `None` means all fields.
    pub(crate) fields: Option<Vec<String>>,
}

impl Subscription {
    fn includes(&self, field: &str) -> bool {
        self.is_active && self.fields.as_ref().is_none_or(|fields| fields.iter().any(|name| name == field))
    }
}

/// Publisher of updates, with the queues of webhooks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhooks {
    pub(crate) subscription: Subscription,
    #[serde(skip)]
    pub(crate) queues: WebhookQueues,
    #[serde(skip)]
    identity: BusinessIdentity,
    /// Updates that wait to be overtaken.
    #[serde(skip)]
    held: HashMap<QueueKey, (WebhookUpdate, DeliveryFaults)>,
    #[serde(skip)]
    batch: UpdateBatch,
    recent: VecDeque<WebhookUpdate>,
    /// Bodies of the webhooks of users' messages, for redelivery.
    message_bodies: HashMap<String, JsonBytes>,
    /// Number of updates about webhook fields.
    field_updates: u64,
    /// Number of webhooks with several updates.
    batches_posted: u64,
}

impl Webhooks {
    /// Returns a publisher. `identity` belongs to the first number of the account.
    pub(super) fn new(identity: BusinessIdentity) -> Self {
        Self {
            subscription: Subscription { is_active: true, fields: None },
            queues: WebhookQueues::default(),
            identity,
            held: HashMap::new(),
            batch: UpdateBatch::default(),
            recent: VecDeque::new(),
            message_bodies: HashMap::new(),
            field_updates: 0,
            batches_posted: 0,
        }
    }

    /// Publishes an update, unless the app has not subscribed to the field. Active faults apply.
    pub(crate) fn publish(&mut self, runtime: &mut Runtime, mut update: WebhookUpdate) {
        if !self.subscription.includes(&update.field) {
            return;
        }
        let Some(subject) = update.subjects.first() else { return };
        let mut faults = DeliveryFaults::default();
        let (mut is_lost, mut is_reordered, mut delay) = (false, false, None);
        for (id, fault) in runtime.faults.on_webhook(subject, &update.kind) {
            faults.fault = Some(id);
            match fault {
                WebhookFault::Lose => is_lost = true,
                WebhookFault::Drop { attempts } => {
                    faults.dropped_attempts = faults.dropped_attempts.saturating_add(attempts);
                }
                WebhookFault::LoseResponse { attempts } => {
                    faults.lost_responses = faults.lost_responses.saturating_add(attempts);
                }
                WebhookFault::Duplicate { copies } => {
                    faults.copies = faults.copies.saturating_add(copies).min(MAX_COPIES);
                }
                WebhookFault::Delay(by) => delay = Some(by),
                WebhookFault::Reorder => is_reordered = true,
                WebhookFault::Regroup { last } => faults.regroup = last.clamp(2, RECENT),
                WebhookFault::Anonymous => payload::remove_recipient(&mut update.value),
                WebhookFault::UnknownFields => update.has_unknown_fields = true,
                WebhookFault::LoneSurrogate => payload::append_to_text(&mut update.value, LONE_SURROGATE),
            }
        }
        if is_lost {
            runtime.record_abandoned(update.subjects);
        } else if let Some(delay) = delay {
            runtime.schedule(delay, Timer::Dispatch { update: Box::new(update), faults });
        } else if is_reordered && !self.held.contains_key(&update.queue) {
            let queue = update.queue.clone();
            self.held.insert(queue.clone(), (update, faults));
            runtime.schedule(REORDER_WAIT, Timer::Release(queue));
        } else {
            let queue = update.queue.clone();
            self.dispatch(runtime, update, faults);
            self.release(runtime, &queue);
        }
    }

    /// Publishes a webhook field.
    pub(crate) fn publish_field(&mut self, runtime: &mut Runtime, queue: QueueKey, field: &str, value: Value) {
        self.publish_field_as(runtime, queue, field, value, field);
    }

    /// Publishes a webhook field that the timeline records under the name `recorded_as`.
    pub(crate) fn publish_field_as(
        &mut self,
        runtime: &mut Runtime,
        queue: QueueKey,
        field: &str,
        value: Value,
        recorded_as: &str,
    ) {
        self.field_updates += 1;
        let subject = WebhookSubject::Field { field: recorded_as.to_owned(), number: self.field_updates };
        let update = WebhookUpdate {
            subjects: vec![subject],
            queue,
            field: field.to_owned(),
            value,
            kind: recorded_as.to_owned(),
            has_unknown_fields: false,
        };
        self.publish(runtime, update);
    }

    /// Queues an update, or adds it to the current batch.
    pub(crate) fn dispatch(&mut self, runtime: &mut Runtime, update: WebhookUpdate, faults: DeliveryFaults) {
        if let [WebhookSubject::Message { message, .. }] = update.subjects.as_slice() {
            let message = message.clone();
            let body = self.body(runtime, std::slice::from_ref(&update), BatchLayout::Value);
            self.message_bodies.insert(message, JsonBytes(body));
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(update.clone());
        if let Some(batching) = runtime.behavior.batching {
            if self.batch.is_empty() {
                runtime.schedule(batching.max_wait, Timer::FlushBatch);
            }
            self.batch.push(&update, faults);
            if self.batch.is_full(batching.max_updates) {
                self.flush_batch(runtime);
            }
        } else {
            let queue = update.queue.clone();
            self.enqueue_updates(runtime, queue, &[update], BatchLayout::Value, faults);
        }
    }

    /// Queues the update that waits to be overtaken in a queue.
    pub(crate) fn release(&mut self, runtime: &mut Runtime, queue: &QueueKey) {
        if let Some((update, faults)) = self.held.remove(queue) {
            self.dispatch(runtime, update, faults);
        }
    }

    /// Queues the current batch.
    pub(crate) fn flush_batch(&mut self, runtime: &mut Runtime) {
        let (updates, faults) = self.batch.take();
        let layout = runtime.behavior.batching.map_or(BatchLayout::Value, |batching| batching.layout);
        if !updates.is_empty() {
            self.enqueue_updates(runtime, QueueKey::Batches, &updates, layout, faults);
        }
    }

    /// Queues the webhook of a user's message again. Returns false if the message was never posted.
    pub(crate) fn redeliver(&mut self, runtime: &mut Runtime, queue: QueueKey, subject: WebhookSubject) -> bool {
        let WebhookSubject::Message { message, .. } = &subject else { return false };
        let Some(JsonBytes(body)) = self.message_bodies.get(message).cloned() else { return false };
        let (subjects, queued_at) = (vec![subject], runtime.now());
        let webhook = QueuedWebhook { subjects, body, queued_at, fault: None, dropped_attempts: 0, lost_responses: 0 };
        self.enqueue(runtime, queue, webhook);
        true
    }

    /// Forgets the webhook of a message that is no longer in a chat.
    pub(super) fn forget_message(&mut self, message: &str) {
        self.message_bodies.remove(message);
    }

    /// Sets the identity of the first number, after the publisher was read from its written form.
    pub(super) fn follow(&mut self, identity: BusinessIdentity) {
        self.identity = identity;
    }

    /// Returns whether the queued statuses of a message have been acknowledged.
    pub(crate) fn are_statuses_acknowledged(&self, runtime: &Runtime, message: &str) -> bool {
        let is_batching = runtime.behavior.batching.is_some();
        self.queues.is_queue_idle(&QueueKey::Message(message.to_owned()))
            && (!is_batching || self.queues.is_queue_idle(&QueueKey::Batches))
    }

    /// Returns the number of webhooks that wait: for other updates, for their delivery, or for their acknowledgement.
    pub(crate) fn waiting(&self) -> usize {
        self.queues.waiting() + self.held.len() + usize::from(!self.batch.is_empty())
    }

    /// Returns whether no update waits to be queued and no webhook waits for its acknowledgement.
    pub(super) fn is_idle(&self) -> bool {
        self.queues.is_idle() && self.held.is_empty() && self.batch.is_empty()
    }

    fn enqueue_updates(
        &mut self,
        runtime: &mut Runtime,
        queue: QueueKey,
        updates: &[WebhookUpdate],
        layout: BatchLayout,
        faults: DeliveryFaults,
    ) {
        let DeliveryFaults { fault, copies, regroup, dropped_attempts, lost_responses } = faults;
        let webhook = QueuedWebhook { fault, ..self.webhook(runtime, updates, layout) };
        self.enqueue(runtime, queue.clone(), QueuedWebhook { dropped_attempts, lost_responses, ..webhook.clone() });
        for _ in 0..copies {
            self.enqueue(runtime, queue.clone(), webhook.clone());
        }
        if regroup > 0 {
            let first = self.recent.len().saturating_sub(regroup);
            let again: Vec<_> = self.recent.iter().skip(first).cloned().collect();
            let webhook = QueuedWebhook { fault, ..self.webhook(runtime, &again, BatchLayout::Mixed) };
            self.enqueue(runtime, queue, webhook);
        }
    }

    fn enqueue(&mut self, runtime: &mut Runtime, queue: QueueKey, webhook: QueuedWebhook) {
        if self.queues.push(queue.clone(), webhook) {
            runtime.request(Effect::DeliverQueue(queue));
        }
    }

    fn webhook(&mut self, runtime: &Runtime, updates: &[WebhookUpdate], layout: BatchLayout) -> QueuedWebhook {
        let body = self.body(runtime, updates, layout);
        let subjects = updates.iter().flat_map(|update| update.subjects.iter().cloned()).collect();
        QueuedWebhook { subjects, body, queued_at: runtime.now(), fault: None, dropped_attempts: 0, lost_responses: 0 }
    }

    fn body(&mut self, runtime: &Runtime, updates: &[WebhookUpdate], layout: BatchLayout) -> Bytes {
        if updates.len() > 1 {
            self.batches_posted += 1;
        }
        batch::body(&self.identity, runtime, updates, layout, self.batches_posted)
    }
}
