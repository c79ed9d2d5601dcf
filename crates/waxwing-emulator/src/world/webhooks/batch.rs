//! Batches of updates that one webhook delivers.

use bytes::Bytes;

use crate::behavior::BatchLayout;
use crate::business::BusinessIdentity;
use crate::chance::chance;
use crate::json_escape;
use crate::payload;
use crate::timeline::WebhookSubject;
use crate::unknown_fields;
use crate::world::runtime::Runtime;
use crate::world::webhook_update::{DeliveryFaults, WebhookUpdate};

/// Maximum number of updates in one webhook.
const CAPACITY: usize = 1_000;

/// Updates that wait for others, to be posted in one webhook.
#[derive(Debug, Default)]
pub(super) struct UpdateBatch {
    updates: Vec<WebhookUpdate>,
    /// Faults on the delivery of the batch.
    faults: DeliveryFaults,
}

impl UpdateBatch {
    pub(super) fn push(&mut self, update: &WebhookUpdate, faults: DeliveryFaults) {
        let all = &mut self.faults;
        all.fault = faults.fault.or(all.fault);
        all.dropped_attempts = all.dropped_attempts.max(faults.dropped_attempts);
        all.lost_responses = all.lost_responses.max(faults.lost_responses);
        all.regroup = all.regroup.max(faults.regroup);
        // A copy may share a webhook with the original.
        for _ in 0..=faults.copies {
            self.updates.push(update.clone());
        }
    }

    pub(super) fn take(&mut self) -> (Vec<WebhookUpdate>, DeliveryFaults) {
        (std::mem::take(&mut self.updates), std::mem::take(&mut self.faults))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.updates.is_empty()
    }

    pub(super) fn is_full(&self, max_updates: usize) -> bool {
        self.updates.len() >= max_updates.min(CAPACITY)
    }
}

/// Returns the body of a webhook with these updates. `number` counts the webhooks with several updates.
pub(super) fn body(
    identity: &BusinessIdentity,
    runtime: &Runtime,
    updates: &[WebhookUpdate],
    layout: BatchLayout,
    number: u64,
) -> Bytes {
    let seed = runtime.seed();
    let mut entries = payload::Entries::new(identity, runtime.now());
    for (index, update) in updates.iter().enumerate() {
        let layout = match layout {
            BatchLayout::Mixed => {
                let draw = chance(seed, &[b"layout", &number.to_be_bytes(), &index.to_be_bytes()]);
                [BatchLayout::Value, BatchLayout::Changes, BatchLayout::Entries]
                    [if draw < 0.5 { 0 } else { 1 + usize::from(draw < 0.75) }]
            }
            layout => layout,
        };
        let mut value = update.value.clone();
        if update.has_unknown_fields {
            unknown_fields::add(&mut value, 1.0, seed, &update.field);
        }
        entries.push(&update.field, value, layout);
    }
    let mut body = entries.finish();
    let rate = runtime.behavior.unknown_fields;
    if rate > 0.0 {
        let key = updates.first().and_then(|update| update.subjects.first()).map(WebhookSubject::key);
        unknown_fields::add(&mut body, rate, seed, &key.unwrap_or_default());
    }
    Bytes::from(json_escape::to_bytes(&body))
}
