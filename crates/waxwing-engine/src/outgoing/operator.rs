//! Subscriptions, for operators.

use waxwing_store::{Error, Subscription, Timestamp};

use crate::events::EngineEvents;
use crate::operator::Operator;

impl Operator {
    /// Returns the subscriptions to events with their state, sorted by name.
    ///
    /// # Errors
    ///
    /// Those of [`EventStore::subscriptions`](waxwing_store::EventStore::subscriptions).
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, Error> {
        self.store.subscriptions().await
    }

    /// Enables a subscription. It goes on where it ended, as far as the events are kept.
    ///
    /// # Errors
    ///
    /// Those of [`EventStore::enable_subscription`](waxwing_store::EventStore::enable_subscription).
    pub async fn enable_subscription(&self, name: &str) -> Result<(), Error> {
        self.store.enable_subscription(name).await
    }

    /// Delivers the kept events since a time again to one subscription, or to all. Returns the names of the subscriptions.
    ///
    /// # Errors
    ///
    /// Those of [`EventStore::redeliver_events`](waxwing_store::EventStore::redeliver_events).
    pub async fn redeliver_events(&self, name: Option<&str>, since: Timestamp) -> Result<Vec<String>, Error> {
        let names = match name {
            Some(name) => vec![name.to_owned()],
            None => self.store.subscriptions().await?.into_iter().map(|one| one.name).collect(),
        };
        for name in &names {
            self.store.redeliver_events(name, since).await?;
        }
        Ok(names)
    }

    /// Subscribes to the live events of the engine, as [`Engine::events`](crate::Engine::events) does. None without an engine.
    pub fn live_events(&self) -> Option<EngineEvents> {
        let engine = self.engine.as_ref()?;
        Some(engine.reports.events.subscribe(engine.store.live_events()))
    }
}
