//! Follows the log of events for each subscription.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use waxwing_store::{Error, EventBatch, EventCursor, EventId, EventPosition, NewSubscription, Store, Subscription};

use super::delivery::{STORE_BACKOFF, Stale, deliver, drains_within, with_retries};
use crate::event_subscription::EventSubscription;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Number of events of a partition that are read together.
const BATCH: usize = 16;

/// Shortest time between two readings of the log, so that a busy server reads many events at once.
const INTERVAL: Duration = Duration::from_millis(20);

/// Number of examined events after which a cursor moves although no event was delivered.
const MAX_SKIPPED: i64 = 1000;

/// Stores the subscriptions of an engine.
pub(crate) async fn set_subscriptions(store: &dyn Store, all: &[EventSubscription]) -> Result<(), Error> {
    let new = |one: &EventSubscription| NewSubscription { name: one.name.clone(), types: one.types.clone() };
    store.set_subscriptions(all.iter().map(new).collect()).await
}

/// Delivers events to all subscriptions, until the engine drains. A delivery in progress is repeated after the next start.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let drain = shutdown.drain;
    while let Err(error) = set_subscriptions(&*shared.store, &shared.reports.subscriptions).await {
        log_store_error!(error, "subscriptions not stored; trying again");
        if drains_within(&drain, STORE_BACKOFF).await {
            return;
        }
    }
    let mut tasks = JoinSet::new();
    for subscription in shared.reports.subscriptions.iter().cloned() {
        let dispatcher = Dispatcher {
            stored: shared.store.stored_events(),
            shared: shared.clone(),
            subscription: Arc::new(subscription),
            drain: drain.clone(),
        };
        tasks.spawn(dispatcher.run());
    }
    drain.cancelled().await;
    tasks.shutdown().await;
}

/// Delivers events to one subscription.
struct Dispatcher {
    shared: Arc<Shared>,
    subscription: Arc<EventSubscription>,
    stored: watch::Receiver<u64>,
    drain: CancellationToken,
}

/// Result of a batch: its partition with its last event.
type Delivered = Result<(u8, EventId), Stale>;

impl Dispatcher {
    async fn run(mut self) {
        loop {
            self.stored.borrow_and_update();
            let state = match self.shared.store.subscriptions().await {
                Ok(all) => all.into_iter().find(|one| one.name == self.subscription.name),
                Err(error) => {
                    log_store_error!(error, "subscription not read; trying again");
                    if drains_within(&self.drain, STORE_BACKOFF).await {
                        return;
                    }
                    continue;
                }
            };
            if let Some(state) = state.filter(|state| state.disabled.is_none()) {
                let Err(Stale) = self.deliver_all(state).await;
                continue;
            }
            // Another call enables it.
            if self.stored.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Delivers events until the cursors are not valid any more.
    async fn deliver_all(&mut self, state: Subscription) -> Result<std::convert::Infallible, Stale> {
        let mut idle: Vec<Partition> = (0..).zip(state.delivered).map(Partition::new).collect();
        let mut busy: JoinSet<Delivered> = JoinSet::new();
        loop {
            self.stored.borrow_and_update();
            let positions: Vec<_> = idle.iter().map(Partition::position).collect();
            let (store, name) = (&self.shared.store, &self.subscription.name);
            let batches = with_retries(|| store.next_events(name, state.epoch, positions.clone(), BATCH)).await?;
            let mut has_more = false;
            for batch in batches {
                let Some(at) = idle.iter().position(|idle| idle.number == batch.partition) else { continue };
                let cursor = EventCursor { subscription: name.clone(), epoch: state.epoch, partition: batch.partition };
                if batch.events.is_empty() {
                    has_more |= idle[at].skip(store, &cursor, batch.examined).await?;
                } else {
                    idle.remove(at);
                    busy.spawn(self.delivery(cursor, batch));
                }
            }
            if has_more {
                continue;
            }
            tokio::select! {
                changed = self.stored.changed() => {
                    if changed.is_err() {
                        return Err(Stale);
                    }
                    tokio::time::sleep(INTERVAL).await;
                }
                Some(delivered) = busy.join_next() => {
                    // A delivery catches the panics of receivers, so the task ends without a panic.
                    idle.push(Partition::new(delivered.map_err(|_| Stale)??));
                }
            }
        }
    }

    fn delivery(&self, cursor: EventCursor, batch: EventBatch) -> impl Future<Output = Delivered> + Send + 'static {
        let (shared, subscription) = (self.shared.clone(), self.subscription.clone());
        async move {
            let last = deliver(&shared, &subscription, &cursor, batch).await?;
            Ok((cursor.partition, last))
        }
    }
}

/// A partition without a delivery in progress.
struct Partition {
    number: u8,
    /// The last event that was examined.
    examined: EventId,
    /// The event at which the cursor stands at least.
    stored: EventId,
}

impl Partition {
    fn new((number, examined): (u8, EventId)) -> Self {
        Self { number, examined, stored: examined }
    }

    fn position(&self) -> EventPosition {
        EventPosition { partition: self.number, after: self.examined }
    }

    /// Passes over events of other types. Returns whether there may be more events.
    async fn skip(&mut self, store: &Arc<dyn Store>, cursor: &EventCursor, to: EventId) -> Result<bool, Stale> {
        let has_moved = to > self.examined;
        self.examined = to;
        if to.0 - self.stored.0 >= MAX_SKIPPED {
            with_retries(|| store.record_delivery(cursor, to)).await?;
            self.stored = to;
        }
        Ok(has_moved)
    }
}
