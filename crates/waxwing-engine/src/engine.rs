//! The engine as its host sees it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use waxwing_metrics::Metrics;
use waxwing_store::{Clock, DeliveryEvents, MediaStore, QueuedMessage, RecordedEvent, Store, SystemClock};
use waxwing_traces::Traces;
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{Notification, WebhookEvent};

use crate::agent_circuits::AgentCircuits;
use crate::agent_pause::AgentPause;
use crate::alarm_queue::AlarmQueue;
use crate::budget::{BudgetDecision, BudgetPurpose, Budgets};
use crate::business_event::ReportedEvent;
use crate::cost_limit::CostLimiter;
use crate::event_hook::EventHook;
use crate::event_subscription::{EventSubscription, MAX_SUBSCRIPTIONS};
use crate::events::{EngineEvents, EventPublisher};
use crate::first_series;
use crate::handoff::{self, STAFF_SUBSCRIPTION};
use crate::health::{self, HealthReason};
use crate::inbound::accept::{AcceptError, Receipt};
use crate::inbound::media;
use crate::lease_renewer::LeaseRenewer;
use crate::log_once::LogOnce;
use crate::loop_guard::LoopGuard;
use crate::measurement;
use crate::media_keeper::MediaKeeper;
use crate::message_size::MessageSizeLimit;
use crate::operator::Operator;
use crate::outgoing;
use crate::proactive::{ProactiveMessage, SendMessageError};
use crate::rate_limit::RateLimiter;
use crate::read_receipts::ReadReceiptSender;
use crate::reloadable::ReloadableConfig;
use crate::replay_guard::ReplayGuard;
use crate::settings::EngineSettings;
use crate::shared::{DueSignals, Guards, Reports, Route, Routes, Shared, Slots};
use crate::turn_signals::TurnSignals;
use crate::typing_indicator::TypingIndicator;
use crate::workers::Workers;

/// Time that a send attempt may take in addition to its request: for the rate limit and for the store.
const SEND_MARGIN: Duration = Duration::from_secs(5);

/// Stores webhooks, runs agents on the messages and sends the replies. Clones share one engine.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Shared>);

impl Engine {
    /// Creates a builder of an engine that keeps its data in `store`.
    pub fn builder(store: Arc<dyn Store>) -> EngineBuilder {
        let (clock, settings) = (Arc::new(SystemClock), EngineSettings::default());
        EngineBuilder {
            store,
            media: None,
            clock,
            settings,
            routes: Vec::new(),
            subscriptions: Vec::new(),
            hook: None,
            metrics: Metrics::new(),
            traces: Traces::off(),
        }
    }

    /// Stores a webhook. When this method returns, all items of the webhook are committed.
    ///
    /// # Errors
    ///
    /// [`AcceptError::Busy`] if the store does not commit within [`EngineSettings::accept_timeout`], and [`AcceptError::Store`] if it
    /// fails. Respond to Meta with an error status in both cases, so that Meta sends the webhook again.
    pub async fn accept(&self, notification: Notification) -> Result<Receipt, AcceptError> {
        self.0.accept(notification).await
    }

    /// Stores a body that is not a notification in the quarantine. `reason` is a short, fixed description.
    ///
    /// # Errors
    ///
    /// Those of [`accept`](Self::accept).
    pub async fn quarantine(&self, reason: &'static str, body: Bytes) -> Result<(), AcceptError> {
        self.0.quarantine(reason, body).await
    }

    /// Returns the number of webhook items that were quarantined as stale since the engine was built.
    pub fn stale_items(&self) -> u64 {
        self.0.guards.replays.count()
    }

    /// Returns the number of parts of replies that were left out since the engine was built: WhatsApp would refuse them, for example a reaction
    /// to a message without an id, or the reply had too many messages. The log has a warning for each.
    pub fn left_out_parts(&self) -> u64 {
        self.0.reports.left_out_parts.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that were quarantined as too large since the engine was built.
    pub fn oversized_messages(&self) -> u64 {
        self.0.guards.sizes.count()
    }

    /// Returns the metrics of the engine. [`measure`](Self::measure) sets those that no event changes.
    pub fn metrics(&self) -> &Metrics {
        &self.0.reports.metrics
    }

    /// Measures the queues, the circuits and the health for the metrics, unless they were measured within the last second. Takes at most 4 s.
    pub async fn measure(&self) {
        measurement::refresh(&self.0).await;
    }

    /// Returns the reasons why the engine is not ready or is degraded, sorted; none if it is healthy. Takes at most 2 s.
    pub async fn health(&self) -> Vec<HealthReason> {
        health::check(&self.0).await
    }

    /// Returns whether the store answers a check, within 2 s. A storage fault that the store reports is an answer; [`health`](Self::health)
    /// has the fault. A new process can help only if this is false.
    pub async fn is_responsive(&self) -> bool {
        health::is_responsive(&self.0).await
    }

    /// Decides whether a message of a business number that costs something may be sent, by the budgets for Meta's charges.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn budget_decision(
        &self,
        number: &PhoneNumberId,
        purpose: BudgetPurpose,
    ) -> Result<BudgetDecision, waxwing_store::Error> {
        self.0.guards.budgets.decide(number, purpose, &*self.0.store, &*self.0.clock).await
    }

    /// Returns the business numbers that the engine serves, sorted.
    pub fn numbers(&self) -> &[PhoneNumberId] {
        self.0.routes.numbers()
    }

    /// Subscribes to the delivery events of sent messages from now on; see
    /// [`MonitorStore::delivery_events`](waxwing_store::MonitorStore::delivery_events).
    pub fn delivery_events(&self) -> DeliveryEvents {
        self.0.store.delivery_events()
    }

    /// Subscribes to the events of the engine from now on: from a committed message to the statuses of the reply. `docs/events.md` of the
    /// project lists the names.
    ///
    /// Events contain texts of users and their phone numbers. Without a subscriber, none is published. A subscriber that falls more than
    /// 1,024 events behind loses the oldest.
    pub fn events(&self) -> EngineEvents {
        self.0.reports.events.subscribe(self.0.store.live_events())
    }

    /// Stores the subscriptions to events, so that the events of the next webhook reach a new subscription. [`start`](Self::start) does the same in
    /// the background.
    ///
    /// # Errors
    ///
    /// Those of [`EventStore::set_subscriptions`](waxwing_store::EventStore::set_subscriptions).
    pub async fn store_subscriptions(&self) -> Result<(), waxwing_store::Error> {
        outgoing::set_subscriptions(&*self.0.store, &self.0.reports.subscriptions).await
    }

    /// Queues a message that no turn asked for, at the end of the send queue of its conversation. The message is stored when this method returns,
    /// and is sent like a reply: in order, paced, and again after a failure. The history of the conversation has it.
    ///
    /// # Errors
    ///
    /// See [`SendMessageError`]. After an error, nothing is stored.
    pub async fn send(&self, message: ProactiveMessage) -> Result<QueuedMessage, SendMessageError> {
        self.0.send_message(message).await
    }

    /// Records an event of another system of the business, such as a payment. The agent of the conversation runs on it.
    ///
    /// # Errors
    ///
    /// See [`SendMessageError`]. After an error, nothing is stored.
    pub async fn report_event(&self, event: ReportedEvent) -> Result<RecordedEvent, SendMessageError> {
        self.0.report_event(event).await
    }

    /// Returns the handle through which operators read and change the data of the engine.
    pub fn operator(&self) -> Operator {
        Operator::of_engine(self.0.clone())
    }

    /// Replaces the reloadable configuration: system messages and agents. A running turn ends with the configuration that it began with.
    pub fn reload(&self, config: ReloadableConfig) {
        if let Some(number) = config.agents.keys().find(|number| self.0.routes.get(number).is_none()) {
            tracing::warn!(number = number.as_str(), "agent configured for an unknown business number; ignored");
        }
        let agents = self.0.routes.agents(&config);
        first_series::begin(self.metrics(), self.numbers(), agents.names());
        self.0.slots.runs.assign(agents.clone());
        self.0.slots.downloads.assign(agents);
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        self.0.guards.agents.reset();
    }

    /// Starts the background tasks that run turns and send messages. They begin with the work that an earlier process left.
    ///
    /// Call this method once, within a Tokio runtime.
    pub fn start(&self) -> Workers {
        media::delete_leftovers(&self.0.settings.media.dir);
        Workers::start(&self.0)
    }
}

/// Builds an [`Engine`].
#[derive(Debug)]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    media: Option<Arc<dyn MediaStore>>,
    clock: Arc<dyn Clock>,
    settings: EngineSettings,
    routes: Vec<Route>,
    subscriptions: Vec<EventSubscription>,
    hook: Option<EventHook>,
    metrics: Metrics,
    traces: Traces,
}

impl EngineBuilder {
    /// Sets all settings. Default: [`EngineSettings::default`].
    pub fn settings(mut self, settings: EngineSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Keeps received media in a media store, so that later turns can read them. On the file system of [`MediaSettings::dir`], files are linked and
    /// not copied. Default: media are available in their own turn only.
    ///
    /// [`MediaSettings::dir`]: crate::MediaSettings::dir
    pub fn media_store(mut self, media: Arc<dyn MediaStore>) -> Self {
        self.media = Some(media);
        self
    }

    /// Sets the clock, which has to be the clock of the store. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a business number. A later route for the same number replaces an earlier one.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Adds a subscription to events. An engine has at most [`MAX_SUBSCRIPTIONS`](crate::MAX_SUBSCRIPTIONS) of them; further ones are left out. A
    /// later subscription with the same name replaces an earlier one. The name `handoff-staff` is that of the messages to
    /// [`NumberPolicies::handoff_staff`](crate::NumberPolicies::handoff_staff): a subscription with this name is left out.
    pub fn subscription(mut self, subscription: EventSubscription) -> Self {
        self.subscriptions.retain(|known| known.name != subscription.name);
        if subscription.name == STAFF_SUBSCRIPTION {
            tracing::error!(subscription = subscription.name, "name of a subscription is in use; left out");
        } else if self.subscriptions.len() < MAX_SUBSCRIPTIONS {
            self.subscriptions.push(subscription);
        } else {
            tracing::error!(subscription = subscription.name, "too many subscriptions to events; left out");
        }
        self
    }

    /// Sets the metrics in which the engine counts. Default: metrics of its own.
    ///
    /// Engines for different business numbers can share metrics. Gauges without a number, such as `waxwing_ready`, then are those of the engine that
    /// was measured last.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Sets the traces in which the engine records what it does for each message. Default: none.
    pub fn traces(mut self, traces: Traces) -> Self {
        self.traces = traces;
        self
    }

    /// Calls a function with each event of a webhook, with its raw JSON, after the webhook is stored: one call after the other, in the order of
    /// the webhooks. A webhook that Meta repeats is passed on again.
    ///
    /// The webhook does not wait for the function. While 1,024 webhooks or 8 MiB wait for it, events are left out, with a warning in the log. A
    /// panic of the function ends one call only. Use a [`subscription`](Self::subscription) for events that must not be lost.
    pub fn on_event<F>(mut self, function: impl Fn(WebhookEvent) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.hook = Some(EventHook::new(function));
        self
    }

    /// Builds the engine. The engine accepts webhooks at once; [`Engine::start`] starts the turns.
    pub fn build(self) -> Engine {
        let Self { store, media, clock, mut settings, routes, subscriptions, hook, metrics, traces } = self;
        let with_policies =
            |route: Route| Route { policies: Arc::new((*route.policies).clone().or(&settings.policies)), ..route };
        let routes = Routes::new(routes.into_iter().map(with_policies).collect());
        // The sender makes no attempt that could outlast its lease.
        let slowest = routes.iter().map(|route| route.graph.send_timeout()).max().unwrap_or_default();
        settings.retry.lease = settings.retry.lease.max(slowest.saturating_add(SEND_MARGIN));
        let config = ReloadableConfig {
            system_messages: settings.system_messages.clone(),
            outside_window: settings.outside_window_of_agents.clone(),
            ..ReloadableConfig::default()
        };
        let (agents, turns_due) = (routes.agents(&config), Arc::new(Notify::new()));
        first_series::begin(&metrics, routes.numbers(), agents.names());
        let alarms = AlarmQueue::default();
        let rate_limiter = RateLimiter::new(settings.circuit_breaker, settings.rate_limit.clone());
        let rate_limiter = Arc::new(rate_limiter.alarms(alarms.clone()));
        Engine(Arc::new_cyclic(|shared| Shared {
            lease_renewer: Arc::new(LeaseRenewer::new(store.clone(), settings.lease, metrics.clone())),
            typing_indicator: Arc::new(TypingIndicator::new(settings.typing_renewal, rate_limiter.clone())),
            read_receipts: ReadReceiptSender::new(rate_limiter.clone()),
            rate_limiter,
            guards: Guards {
                costs: CostLimiter::new(settings.cost_limit),
                budgets: Budgets::new(settings.budget.clone()),
                pause: AgentPause::default(),
                agents: AgentCircuits::new(settings.agent_circuit),
                loops: LoopGuard::new(settings.loop_limit),
                replays: ReplayGuard::new(&settings.retention.keep),
                sizes: MessageSizeLimit::new(settings.max_message_bytes),
            },
            slots: Slots::new(&settings, agents, turns_due.clone()),
            config: RwLock::new(Arc::new(config)),
            turn_signals: Arc::new(TurnSignals::default()),
            due: DueSignals::new(turns_due, &routes),
            reports: Reports {
                events: Arc::new(EventPublisher::new(clock.clone())),
                metrics,
                traces,
                measured_at: tokio::sync::Mutex::default(),
                left_out_parts: Arc::default(),
                log_once: LogOnce::default(),
                alarms,
                hook,
                subscriptions: subscriptions.into_iter().chain(handoff::subscription(&routes, shared)).collect(),
            },
            media: Arc::new(MediaKeeper::new(store.clone(), media)),
            store,
            clock,
            settings,
            routes,
        }))
    }
}
