//! Delivery of queued webhooks: signed, at least once, in the order of their queue.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::exchange_log::Exchange;
use crate::operations::webhook_attempts;
use crate::shared::Shared;
use crate::timeline::WebhookSubject;
use crate::webhook::response::WebhookResponse;
use crate::webhook::signature;
use crate::webhook::target::WebhookTarget;
use crate::webhook_recording::{WebhookAttempt, WebhookRecorder};
use crate::world::webhook_queues::{QueueKey, QueuedWebhook};

/// Delivers the webhooks of a queue until the queue is empty, or another world replaces the one of the queue.
pub(crate) async fn deliver_queue(shared: &Shared, queue: &QueueKey, replaced: &CancellationToken) {
    while let Some(Some(webhook)) = shared.change_unless(replaced, |world| world.webhooks.queues.pop(queue)) {
        deliver(shared, webhook, replaced).await;
    }
}

/// Posts a webhook until it is acknowledged with 200 or abandoned. Meta repeats it after any other response, too.
async fn deliver(shared: &Shared, webhook: QueuedWebhook, replaced: &CancellationToken) {
    let policy = shared.world().runtime.behavior.redelivery;
    let mut backoff = if policy.immediate_first_retry { Duration::ZERO } else { policy.initial_backoff };
    for attempt in 1..=policy.max_attempts {
        let target = wait_for_callback(shared, &webhook).await;
        let status = attempt_once(shared, &target, &webhook, attempt).await;
        // Computed before the attempt becomes visible, because a test may then advance the clock.
        let next = shared.clock.now().checked_add(backoff);
        shared.change_unless(replaced, |world| webhook_attempts::record(world, &webhook, attempt, status));
        if status == Some(200) {
            return;
        }
        let age = shared.clock.now().duration_since(webhook.queued_at).unwrap_or_default();
        let Some(next) = next.filter(|_| age.saturating_add(backoff) <= policy.max_age) else { break };
        shared.clock.sleep_until(next).await;
        backoff = backoff.saturating_mul(2).max(policy.initial_backoff).min(policy.max_backoff);
    }
    tracing::warn!("webhook abandoned without acknowledgement");
    shared.change_unless(replaced, |world| world.runtime.record_abandoned(webhook.subjects));
}

/// Makes one attempt. Returns the HTTP status of the response, if there was one.
async fn attempt_once(shared: &Shared, target: &WebhookTarget, webhook: &QueuedWebhook, number: u32) -> Option<u16> {
    let attempt =
        WebhookAttempt { subjects: &webhook.subjects, number: Some(number), fault: webhook.fault, lost: None };
    if number <= webhook.dropped_attempts {
        let lost = Some("a fault dropped the webhook before the server");
        let signature = signature::sign(&shared.settings, &webhook.body);
        let recorder = WebhookRecorder::post(shared, target, &headers(&signature), &webhook.body);
        recorder.end(shared, WebhookAttempt { lost, ..attempt }, None);
        return None;
    }
    let is_response_lost = number - webhook.dropped_attempts <= webhook.lost_responses;
    let lost = is_response_lost.then_some("a fault lost the response");
    let _permit = shared.delivery_permits.acquire().await;
    let response = post(shared, target, webhook.body.clone(), WebhookAttempt { lost, ..attempt }).await;
    response.ok().map(|response| response.status).filter(|_| !is_response_lost)
}

/// Waits until a webhook may be posted. Returns its target.
async fn wait_for_callback(shared: &Shared, webhook: &QueuedWebhook) -> WebhookTarget {
    let is_status = webhook.subjects.iter().any(|subject| matches!(subject, WebhookSubject::Status { .. }));
    let mut callbacks = shared.callbacks.subscribe();
    loop {
        let current = callbacks.borrow_and_update().clone();
        if let Some(target) = current.for_body(&webhook.body)
            && !(is_status && current.are_statuses_held)
        {
            return target;
        }
        if callbacks.changed().await.is_err() {
            // Unreachable: `shared` holds the sender.
            std::future::pending::<()>().await;
        }
    }
}

/// Posts a signed body once.
pub(crate) async fn post(
    shared: &Shared,
    target: &WebhookTarget,
    body: Bytes,
    attempt: WebhookAttempt<'_>,
) -> Result<WebhookResponse, Error> {
    let signature = signature::sign(&shared.settings, &body);
    post_with(shared, target, body, &headers(&signature), attempt).await
}

/// Posts a body once with only these headers.
pub(crate) async fn post_with(
    shared: &Shared,
    target: &WebhookTarget,
    body: Bytes,
    headers: &[(&str, &str)],
    attempt: WebhookAttempt<'_>,
) -> Result<WebhookResponse, Error> {
    post_recorded(shared, target, body, headers, attempt).await.1
}

/// Posts a body once with only these headers. Returns the record with the result.
pub(crate) async fn post_recorded(
    shared: &Shared,
    target: &WebhookTarget,
    body: Bytes,
    headers: &[(&str, &str)],
    attempt: WebhookAttempt<'_>,
) -> (Arc<Exchange>, Result<WebhookResponse, Error>) {
    let recorder = WebhookRecorder::post(shared, target, headers, &body);
    let response = target.post(&shared.http, body, headers, shared.settings.webhook_timeout).await;
    (recorder.end(shared, attempt, Some(&response)), response)
}

/// Posts a signed body once, outside all queues. Returns the record.
pub(crate) async fn post_signed(shared: &Shared, target: &WebhookTarget, body: Bytes) -> Arc<Exchange> {
    let signature = signature::sign(&shared.settings, &body);
    post_recorded(shared, target, body, &headers(&signature), WebhookAttempt::default()).await.0
}

fn headers(signature: &str) -> [(&str, &str); 2] {
    [("Content-Type", "application/json"), ("X-Hub-Signature-256", signature)]
}
