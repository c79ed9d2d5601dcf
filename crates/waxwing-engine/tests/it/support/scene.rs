//! Fixture with a store, a Graph API, a clock, and engines.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use waxwing_agent::Agent;
use waxwing_engine::{Engine, EngineBuilder, EngineSettings, Route, Workers};
use waxwing_store::ManualClock;
use waxwing_store::SqliteOptions;
use waxwing_store::{DirectoryMediaStore, OperatorStore, SqliteStore, Timestamp};
use waxwing_types::PhoneNumberId;

use super::webhook::{mail, text};
use super::{FakeGraph, NUMBER, Spy};

/// Store, Graph API and clock. Only the test advances the clock.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) store: Arc<Spy>,
    pub(crate) graph: Arc<FakeGraph>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) settings: EngineSettings,
    /// Media store of the engines.
    pub(crate) media: Option<Arc<DirectoryMediaStore>>,
    pub(crate) dir: TempDir,
    file: Arc<SqliteStore>,
}

/// Running engine.
#[derive(Debug)]
pub(crate) struct TestEngine {
    pub(crate) engine: Engine,
    workers: Workers,
}

/// Running engine in its own runtime, which can be killed.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) engine: Engine,
    workers: Workers,
    runtime: Runtime,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let mut settings = EngineSettings::default();
        settings.debounce = waxwing_engine::Debounce::Fixed(Duration::ZERO);
        settings.accept_timeout = super::PATIENCE;
        settings.retry.base = Duration::ZERO;
        settings.isolation_backoff = Duration::ZERO;
        settings.rate_limit.per_second = 1_000_000;
        settings.rate_limit.pair_interval = Duration::ZERO;
        settings.media.dir = dir.path().join("media");
        settings.system_messages.standard.apology = "sorry".into();
        settings.system_messages.standard.new_session = "afresh".into();
        settings.system_messages.standard.stopped = "stopped".into();
        settings.system_messages.standard.handed_off = "somebody comes".into();
        settings.system_messages.standard.resumed = "back".into();
        settings.system_messages.standard.unsupported = String::new();
        let file = open(&dir, &clock).await;
        Self { store: Arc::new(Spy::on(file.clone())), graph: Arc::default(), clock, settings, media: None, dir, file }
    }

    /// Starts an engine with this agent.
    pub(crate) fn live(&self, agent: impl Agent + 'static) -> TestEngine {
        TestEngine::start(self.builder(&self.store).route(self.route(NUMBER, agent)))
    }

    /// Starts an engine that can be killed.
    pub(crate) fn process(&self, agent: impl Agent + 'static) -> Process {
        let engine = self.builder(&self.store).route(self.route(NUMBER, agent)).build();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let workers = {
            let _inside = runtime.enter();
            engine.start()
        };
        Process { engine, workers, runtime }
    }

    pub(crate) fn builder(&self, store: &Arc<Spy>) -> EngineBuilder {
        let builder = Engine::builder(store.clone()).settings(self.settings.clone()).clock(self.clock.clone());
        match &self.media {
            Some(media) => builder.media_store(media.clone()),
            None => builder,
        }
    }

    pub(crate) fn route(&self, number: &str, agent: impl Agent + 'static) -> Route {
        Route::new(PhoneNumberId::new(number), Arc::new(agent), self.graph.clone())
    }

    /// Returns the same store for another process.
    pub(crate) fn other_process(&self) -> Arc<Spy> {
        Arc::new(Spy::on(self.file.clone()))
    }

    /// Closes and reopens the database, as the next process does after a crash.
    pub(crate) async fn reopen(&mut self) {
        self.file.close().await;
        // A killed process records no end in the lock file.
        std::fs::remove_file(self.dir.path().join("test.db.lock")).unwrap();
        // The database closes when the last reference to the store is dropped.
        self.file = open(&self.dir, &self.clock).await;
        self.store = Arc::new(Spy::on(self.file.clone()));
    }

    /// Returns the states of all outbox rows, in the order of their creation.
    pub(crate) async fn outbox(&self) -> Vec<&'static str> {
        let rows = self.file.outbox(None, 1000).await.unwrap();
        rows.iter().rev().map(|row| row.state.as_str()).collect()
    }

    /// Returns the number of attempts of each outbox row, in the order of their creation.
    pub(crate) async fn attempts(&self) -> Vec<u32> {
        let rows = self.file.outbox(None, 1000).await.unwrap();
        rows.iter().rev().map(|row| row.attempts).collect()
    }
}

async fn open(dir: &TempDir, clock: &Arc<ManualClock>) -> Arc<SqliteStore> {
    let options = SqliteOptions::new("graph.test").clock(clock.clone());
    Arc::new(SqliteStore::open(dir.path().join("test.db"), options).await.unwrap())
}

impl TestEngine {
    /// Starts the engine of this builder.
    pub(crate) fn start(builder: EngineBuilder) -> Self {
        let engine = builder.build();
        Self { workers: engine.start(), engine }
    }

    /// Accepts a text message, and returns its id.
    pub(crate) async fn hears(&self, from: &str, body: &str) -> String {
        text(from, body).post(&self.engine).await
    }

    /// Makes both loops claim due work, with a message that gets no reply. The commit of its turn wakes the sender.
    pub(crate) async fn look(&self) {
        mail("34699999999", "location", serde_json::json!({})).post(&self.engine).await;
    }

    /// Shuts down gracefully.
    pub(crate) async fn shutdown(self) {
        self.shutdown_within(super::PATIENCE).await;
    }

    /// Shuts down, and releases unfinished work after this time.
    pub(crate) async fn shutdown_within(self, timeout: Duration) {
        super::patiently("the shutdown", self.workers.shutdown(timeout)).await;
    }

    /// Drops the engine without a shutdown.
    pub(crate) fn let_go(self) {
        drop(self.workers);
    }
}

impl Process {
    /// Kills the process: no destructor of the engine calls the store.
    pub(crate) async fn kill(self) {
        let Self { engine, workers, runtime } = self;
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(super::PATIENCE)).await.unwrap();
        drop((engine, workers));
    }
}
