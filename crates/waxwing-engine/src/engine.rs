//! The engine: what it is made of, and how it is started.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, Notify, RwLock, Semaphore};
use waxwing_agent::Agent;
use waxwing_store::{Clock, DeliveryEvents, ErasureReport, Store, SystemClock, UserKey};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::Notification;

use crate::accept::{AcceptError, Receipt};
use crate::graph::Graph;
use crate::log_once::LogOnce;
use crate::loop_guard::LoopGuard;
use crate::media;
use crate::rate_limit::RateLimiter;
use crate::reloadable::ReloadableConfig;
use crate::settings::EngineSettings;
use crate::turn_signals::TurnSignals;
use crate::vigil::Vigils;
use crate::workers::Workers;

/// What an attempt to send may take beside the call itself: its pace, and the way to the store and back.
const SEND_MARGIN: Duration = Duration::from_secs(5);

/// How long a health check waits for the store.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Takes webhooks in, runs agents on them and sends the replies. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Shared>);

/// A business number: who answers on it, and how it reaches Meta.
#[derive(Clone)]
pub struct Route {
    /// The number.
    pub number: PhoneNumberId,
    /// Who answers.
    pub agent: Arc<dyn Agent>,
    /// Sends and fetches for the number.
    pub graph: Arc<dyn Graph>,
}

/// What all parts of the engine share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: EngineSettings,
    pub(crate) routes: HashMap<PhoneNumberId, Route>,
    live: std::sync::RwLock<Arc<ReloadableConfig>>,
    pub(crate) numbers: Vec<PhoneNumberId>,
    pub(crate) rate_limiter: RateLimiter,
    pub(crate) log_once: LogOnce,
    pub(crate) loop_guard: LoopGuard,
    /// Reaches the turns that go on in this process.
    pub(crate) turn_signals: TurnSignals,
    /// Held by each run, and held alone by one that may have killed a process.
    pub(crate) isolation: Arc<RwLock<()>>,
    /// Held by the one suspect that asks for isolation.
    pub(crate) isolation_queue: Mutex<()>,
    pub(crate) vigils: Vigils,
    /// A place for each conversation that may be sent to at once.
    pub(crate) send_places: Arc<Semaphore>,
    /// Told when a conversation may have become due for a turn.
    pub(crate) turns_due: Notify,
    /// Told when a message may have become due to be sent.
    pub(crate) sends_due: Notify,
}

impl Engine {
    /// Begins an engine on a store.
    pub fn builder(store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder { store, clock: Arc::new(SystemClock), settings: EngineSettings::default(), routes: Vec::new() }
    }

    /// Takes in a webhook. On return, everything in it is on disk.
    ///
    /// # Errors
    ///
    /// Where the store could not commit in time, or failed. Meta should then be answered with an error, so that it sends the webhook again.
    pub async fn accept(&self, notification: Notification) -> Result<Receipt, AcceptError> {
        self.0.accept(notification).await
    }

    /// Keeps a body that could not be read as a notification.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub async fn set_aside(&self, reason: &'static str, body: Bytes) -> Result<(), AcceptError> {
        self.0.set_aside(reason, body).await
    }

    /// True if the store answers.
    pub async fn is_healthy(&self) -> bool {
        matches!(tokio::time::timeout(PING_TIMEOUT, self.0.store.ping()).await, Ok(Ok(())))
    }

    /// The business numbers that the engine answers on.
    pub fn numbers(&self) -> &[PhoneNumberId] {
        &self.0.numbers
    }

    /// Tells what becomes of the messages that are sent, from now on: see [`Store::delivery_events`].
    pub fn deliveries(&self) -> DeliveryEvents {
        self.0.store.delivery_events()
    }

    /// Tells the sender that rows were requeued behind its back.
    pub fn wake_sender(&self) {
        self.0.sends_due.notify_one();
    }

    /// Changes what can change while the engine runs: texts, and who answers.
    pub fn reload(&self, live: ReloadableConfig) {
        if let Some(number) = live.agents.keys().find(|number| !self.0.routes.contains_key(*number)) {
            let number = number.as_str();
            tracing::warn!(number, "an agent is described for a business number that the engine does not serve");
        }
        *self.0.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// Erases a person: see [`Store::erase_user`]. What goes on in their conversations is given up at once.
    ///
    /// # Errors
    ///
    /// Those of [`Store::erase_user`].
    pub async fn forget(&self, key: &UserKey) -> Result<ErasureReport, waxwing_store::Error> {
        let forgotten = self.0.store.erase_user(key).await?;
        self.0.vigils.give_up(&forgotten.conversations);
        self.0.turns_due.notify_one();
        Ok(forgotten)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Starts to answer and to send, beginning with what an earlier process left. Must be called within a Tokio runtime, once.
    pub fn start(&self) -> Workers {
        media::sweep(&self.0.settings.media.dir);
        Workers::start(&self.0)
    }
}

/// Puts an [`Engine`] together.
#[derive(Debug)]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    settings: EngineSettings,
    routes: Vec<Route>,
}

impl EngineBuilder {
    /// Sets all settings.
    pub fn settings(mut self, settings: EngineSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the clock; it must be the one that the store goes by.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a business number. A later route for the same number takes the place of an earlier one.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        let routes: HashMap<_, _> = self.routes.into_iter().map(|route| (route.number.clone(), route)).collect();
        let mut numbers: Vec<_> = routes.keys().cloned().collect();
        numbers.sort();
        let mut settings = self.settings;
        // An attempt that could not end within its lease would never be made.
        let slowest = routes.values().map(|route| route.graph.send_timeout()).max().unwrap_or_default();
        settings.retry.lease = settings.retry.lease.max(slowest.saturating_add(SEND_MARGIN));
        Engine(Arc::new(Shared {
            store: self.store,
            clock: self.clock,
            send_places: Arc::new(Semaphore::new(settings.max_sends.max(1))),
            loop_guard: LoopGuard::new(settings.loop_limit),
            rate_limiter: RateLimiter::new(settings.circuit_breaker, settings.rate_limit.clone()),
            live: std::sync::RwLock::new(Arc::new(ReloadableConfig {
                system_messages: settings.system_messages.clone(),
                ..ReloadableConfig::default()
            })),
            settings,
            routes,
            numbers,
            log_once: LogOnce::default(),
            turn_signals: TurnSignals::default(),
            isolation: Arc::default(),
            isolation_queue: Mutex::default(),
            vigils: Vigils::default(),
            turns_due: Notify::new(),
            sends_due: Notify::new(),
        }))
    }
}

impl Shared {
    /// What is in force now.
    pub(crate) fn live(&self) -> Arc<ReloadableConfig> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The way of a business number, with whoever answers on it now.
    pub(crate) fn route(&self, number: &PhoneNumberId, live: &ReloadableConfig) -> Option<Route> {
        let route = self.routes.get(number)?;
        let agent = live.agents.get(number).unwrap_or(&route.agent).clone();
        Some(Route { agent, ..route.clone() })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("numbers", &self.numbers).finish_non_exhaustive()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("number", &self.number).field("agent", &self.agent.name()).finish_non_exhaustive()
    }
}
