//! Fixture for tests with paused time: a store in memory, and a clock that follows the time of the runtime.

use std::sync::Arc;
use std::time::Duration;

use waxwing_agent::{Agent, Reply, agent_fn};
use waxwing_engine::{Engine, EngineBuilder, EngineSettings, Graph, Route};
use waxwing_store::RuntimeClock;
use waxwing_store::{OperatorStore, OutboxRow, SqliteStore, Timestamp};
use waxwing_types::PhoneNumberId;

use super::Spy;

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) store: Arc<Spy>,
    pub(crate) settings: EngineSettings,
    memory: Arc<SqliteStore>,
    clock: Arc<RuntimeClock>,
}

impl Stage {
    /// Creates a fixture with default settings, except that turns have no debounce.
    pub(crate) fn new() -> Self {
        let clock = Arc::new(RuntimeClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let memory = Arc::new(SqliteStore::in_memory(clock.clone()).unwrap());
        let mut settings = EngineSettings::default();
        settings.debounce = waxwing_engine::Debounce::Fixed(Duration::ZERO);
        settings.system_messages.standard.unsupported = String::new();
        Self { store: Arc::new(Spy::on(memory.clone())), settings, memory, clock }
    }

    /// Replaces the process: later calls of the earlier process do not reach the store.
    pub(crate) fn restart(&mut self) {
        self.memory = Arc::new(self.memory.reopen().unwrap());
        self.store = Arc::new(Spy::on(self.memory.clone()));
    }

    /// Returns an engine with an echo agent for each of these numbers.
    pub(crate) fn engine(&self, numbers: &[(&str, Arc<dyn Graph>)]) -> Engine {
        let route = |(number, graph): &(&str, Arc<dyn Graph>)| {
            let agent = agent_fn("echo", |turn, _| async move {
                let texts = turn.messages.iter().map(|message| message.text.as_str());
                Ok(texts.fold(Reply::none(), Reply::with_text))
            });
            Route::new(PhoneNumberId::new(*number), Arc::new(agent), graph.clone())
        };
        numbers.iter().map(route).fold(self.builder(), EngineBuilder::route).build()
    }

    /// Returns an engine with this agent.
    pub(crate) fn answered_by(&self, agent: impl Agent + 'static, graph: Arc<dyn Graph>) -> Engine {
        let number = PhoneNumberId::new(super::NUMBER);
        self.builder().route(Route::new(number, Arc::new(agent), graph)).build()
    }

    /// Returns the builder of an engine without routes.
    pub(crate) fn builder(&self) -> EngineBuilder {
        Engine::builder(self.store.clone()).settings(self.settings.clone()).clock(self.clock.clone())
    }

    /// Returns all outbox rows, in the order of their creation.
    pub(crate) async fn rows(&self) -> Vec<OutboxRow> {
        let mut rows = self.memory.outbox(None, 1000).await.unwrap();
        rows.reverse();
        rows
    }

    /// Returns the states of all outbox rows with their numbers of attempts, in the order of their creation.
    pub(crate) async fn outbox(&self) -> Vec<(&'static str, u32)> {
        self.rows().await.iter().map(|row| (row.state.as_str(), row.attempts)).collect()
    }
}

/// Advances the paused time. All timers in this period fire.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await; // tidy: allow sleep - time is paused
}
