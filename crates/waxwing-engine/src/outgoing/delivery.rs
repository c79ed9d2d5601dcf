//! Delivery of the events of one partition.

use std::time::Duration;

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio_util::sync::CancellationToken;
use waxwing_backoff::{Backoff, equal_jitter, random_fraction};
use waxwing_store::{DeliveryFailure, Error, EventBatch, EventCursor, EventId, PendingEvent};

use super::body;
use crate::event_subscription::{EventDelivery, EventReceipt, EventSubscription};
use crate::shared::Shared;
use crate::store_log::log_store_error;

/// Time after which a call of a receiver counts as failed.
const MAX_CALL: Duration = Duration::from_mins(1);

/// Time of failures after which a subscription is disabled.
const GIVES_UP_AFTER: Duration = Duration::from_hours(24);

/// Delay before the next attempt.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_hours(1));

/// Delay before the store is asked again.
pub(super) const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// The cursor is not valid any more: the subscription was removed, disabled, or set back.
pub(super) struct Stale;

/// Delivers the events of a batch in order. Returns the last event of the batch.
pub(super) async fn deliver(
    shared: &Shared,
    subscription: &EventSubscription,
    cursor: &EventCursor,
    batch: EventBatch,
) -> Result<EventId, Stale> {
    for event in batch.events {
        let Some(body) = body::body(shared, &event).await else { continue };
        let (event_id, kind) = (event.event_id.clone(), event.event.kind);
        let delivery = EventDelivery { event_id, kind, body };
        deliver_one(shared, subscription, cursor, &event, &delivery).await?;
    }
    Ok(batch.examined)
}

/// Delivers one event, as often as needed.
async fn deliver_one(
    shared: &Shared,
    subscription: &EventSubscription,
    cursor: &EventCursor,
    event: &PendingEvent,
    delivery: &EventDelivery,
) -> Result<(), Stale> {
    loop {
        let (failure, retry_after) = match call(subscription, delivery.clone()).await {
            EventReceipt::Delivered => {
                return with_retries(|| shared.store.record_delivery(cursor, event.id)).await;
            }
            EventReceipt::Failed { reason, retry_after } => {
                (DeliveryFailure { reason, gives_up_after: GIVES_UP_AFTER }, retry_after)
            }
            EventReceipt::Gone => {
                let reason = "the receiver wants no more events (status 410)".to_owned();
                (DeliveryFailure { reason, gives_up_after: Duration::ZERO }, None)
            }
        };
        let failed = with_retries(|| shared.store.record_delivery_failure(cursor, failure.clone())).await?;
        let (name, reason, failures) = (&subscription.name, &failure.reason, failed.failures);
        if failed.is_disabled {
            tracing::error!(
                subscription = name,
                reason,
                "subscription disabled; repair the receiver, then run `waxwing events enable`"
            );
            return Err(Stale);
        }
        tracing::warn!(subscription = name, reason, failures, "event not delivered; trying again");
        let delay = equal_jitter(BACKOFF.delay(failures), random_fraction());
        tokio::time::sleep(delay.max(retry_after.unwrap_or_default())).await;
    }
}

async fn call(subscription: &EventSubscription, delivery: EventDelivery) -> EventReceipt {
    let call = AssertUnwindSafe(subscription.receiver.receive(delivery)).catch_unwind();
    let failed = |reason: &str| EventReceipt::Failed { reason: reason.to_owned(), retry_after: None };
    match tokio::time::timeout(MAX_CALL, call).await {
        Ok(Ok(receipt)) => receipt,
        Ok(Err(_)) => failed("the receiver panicked"),
        Err(_) => failed("timeout"),
    }
}

/// Repeats a call of the store as long as it may succeed later.
pub(super) async fn with_retries<T, F>(mut call: impl FnMut() -> F) -> Result<T, Stale>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        match call().await {
            Ok(value) => return Ok(value),
            Err(error) if error.is_transient() => {
                log_store_error!(error, "state of a subscription not stored; trying again");
                tokio::time::sleep(STORE_BACKOFF).await;
            }
            Err(_) => return Err(Stale),
        }
    }
}

/// Waits, unless the engine drains. Returns whether it drains.
pub(super) async fn drains_within(drain: &CancellationToken, time: Duration) -> bool {
    tokio::time::timeout(time, drain.cancelled()).await.is_ok()
}
