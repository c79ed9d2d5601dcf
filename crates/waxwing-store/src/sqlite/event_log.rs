//! Delivery of events to other systems.

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::{broadcast, watch};

use super::fault::Fault;
use super::tables::{event, meta, subscription};
use super::tx::Tx;
use super::writer::Priority;
use super::{SqliteStore, outgoing};
use crate::{
    DeliveryFailure, Error, EventBatch, EventCursor, EventId, EventPosition, EventStore, EventType, FailedDelivery,
    NewOutgoingEvent, NewSubscription, OutgoingEvent, Subscription, Timestamp,
};

/// Number of rows that are examined for events of a subscription, in one step and partition.
const MAX_EXAMINED: usize = 500;

#[async_trait]
impl EventStore for SqliteStore {
    async fn set_subscriptions(&self, subscriptions: Vec<NewSubscription>) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| set_subscriptions(tx, &subscriptions)).await
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, Error> {
        self.reader.run(|conn| subscription::list(conn)).await
    }

    async fn next_events(
        &self,
        subscription: &str,
        epoch: i64,
        positions: Vec<EventPosition>,
        limit: usize,
    ) -> Result<Vec<EventBatch>, Error> {
        let name = subscription.to_owned();
        self.reader
            .run(move |conn| {
                let types = subscription::types_of(conn, &name, epoch)?.ok_or(Fault::Refused(Error::LeaseLost))?;
                let namespace = meta::get(conn, "namespace")?.unwrap_or_default();
                let batch = |position: EventPosition| {
                    let mut batch =
                        EventBatch { partition: position.partition, events: Vec::new(), examined: position.after };
                    for row in event::after(conn, position.partition, position.after, MAX_EXAMINED)? {
                        batch.examined = row.id();
                        let Some(kind) = row.kind().filter(|kind| types.contains(kind)) else { continue };
                        batch.events.push(event::pending(conn, &namespace, row, kind)?);
                        if batch.events.len() >= limit.max(1) {
                            break;
                        }
                    }
                    Ok(batch)
                };
                positions.into_iter().map(batch).collect()
            })
            .await
    }

    async fn record_delivery(&self, cursor: &EventCursor, delivered: EventId) -> Result<(), Error> {
        let cursor = cursor.clone();
        self.writer
            .run(Priority::Write, move |tx| {
                check(tx, &cursor)?;
                subscription::set_delivered(tx, &cursor, delivered)
            })
            .await
    }

    async fn record_delivery_failure(
        &self,
        cursor: &EventCursor,
        failure: DeliveryFailure,
    ) -> Result<FailedDelivery, Error> {
        let cursor = cursor.clone();
        self.writer.run(Priority::Write, move |tx| record_failure(tx, &cursor, &failure)).await
    }

    async fn enable_subscription(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.writer
            .run(Priority::Write, move |tx| {
                let exists = subscription::enable(tx, &name)?;
                changed(tx, exists)
            })
            .await
    }

    async fn redeliver_events(&self, name: &str, since: Timestamp) -> Result<(), Error> {
        let name = name.to_owned();
        self.writer
            .run(Priority::Write, move |tx| {
                let exists = subscription::set_back(tx, &name, event::before(tx, since)?)?;
                changed(tx, exists)
            })
            .await
    }

    async fn raise_event(&self, event: NewOutgoingEvent) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| outgoing::record_new(tx, &event)).await
    }

    fn stored_events(&self) -> watch::Receiver<u64> {
        self.channels.stored.subscribe()
    }

    fn live_events(&self) -> broadcast::Receiver<OutgoingEvent> {
        self.channels.outgoing.subscribe()
    }
}

fn set_subscriptions(tx: &Tx<'_>, subscriptions: &[NewSubscription]) -> Result<(), Fault> {
    for name in subscription::names(tx.conn)? {
        if subscriptions.iter().all(|kept| kept.name != name) {
            subscription::delete(tx, &name)?;
        }
    }
    subscriptions.iter().try_for_each(|new| subscription::set(tx, new))?;
    changed(tx, true)
}

/// Tells the receivers that a subscription has changed. Refuses the operation if the subscription does not exist.
fn changed(tx: &Tx<'_>, exists: bool) -> Result<(), Fault> {
    tx.events.forget_subscriptions();
    tx.events.set_stored();
    if exists { Ok(()) } else { Err(Fault::Refused(Error::NotFound)) }
}

fn check(tx: &Tx<'_>, cursor: &EventCursor) -> Result<(), Fault> {
    let is_current = subscription::is_current(tx, cursor)?;
    if is_current { Ok(()) } else { Err(Fault::Refused(Error::LeaseLost)) }
}

fn record_failure(tx: &Tx<'_>, cursor: &EventCursor, failure: &DeliveryFailure) -> Result<FailedDelivery, Fault> {
    check(tx, cursor)?;
    let (failures, since) = subscription::count_failure(tx, cursor)?;
    let is_disabled = tx.now.since(since) >= failure.gives_up_after;
    if is_disabled {
        let name = &cursor.subscription;
        subscription::disable(tx, name, &failure.reason)?;
        let data = json!({ "alarm": "subscription_disabled", "subscription": name, "reason": failure.reason });
        let kind = EventType::AlarmRaised;
        outgoing::record_new(tx, &NewOutgoingEvent { kind, conversation: None, number: None, data })?;
        tx.events.set_stored();
    }
    Ok(FailedDelivery { failures, is_disabled })
}
