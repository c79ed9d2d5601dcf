//! Pass-through of the methods for events.

use async_trait::async_trait;
use tokio::sync::{broadcast, watch};
use waxwing_store::{
    DeliveryFailure, Error, EventBatch, EventCursor, EventId, EventPosition, EventStore, FailedDelivery,
    NewOutgoingEvent, NewSubscription, OutgoingEvent, Subscription, Timestamp,
};

use super::Spy;

#[async_trait]
impl EventStore for Spy {
    async fn set_subscriptions(&self, subscriptions: Vec<NewSubscription>) -> Result<(), Error> {
        self.inner.set_subscriptions(subscriptions).await
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, Error> {
        self.note(|seen| seen.subscription_reads += 1);
        self.inner.subscriptions().await
    }

    async fn next_events(
        &self,
        subscription: &str,
        epoch: i64,
        positions: Vec<EventPosition>,
        limit: usize,
    ) -> Result<Vec<EventBatch>, Error> {
        self.inner.next_events(subscription, epoch, positions, limit).await
    }

    async fn record_delivery(&self, cursor: &EventCursor, delivered: EventId) -> Result<(), Error> {
        self.inner.record_delivery(cursor, delivered).await
    }

    async fn record_delivery_failure(
        &self,
        cursor: &EventCursor,
        failure: DeliveryFailure,
    ) -> Result<FailedDelivery, Error> {
        self.inner.record_delivery_failure(cursor, failure).await
    }

    async fn enable_subscription(&self, name: &str) -> Result<(), Error> {
        self.inner.enable_subscription(name).await
    }

    async fn redeliver_events(&self, name: &str, since: Timestamp) -> Result<(), Error> {
        self.inner.redeliver_events(name, since).await
    }

    async fn raise_event(&self, event: NewOutgoingEvent) -> Result<(), Error> {
        self.inner.raise_event(event).await
    }

    fn stored_events(&self) -> watch::Receiver<u64> {
        self.inner.stored_events()
    }

    fn live_events(&self) -> broadcast::Receiver<OutgoingEvent> {
        self.inner.live_events()
    }
}
