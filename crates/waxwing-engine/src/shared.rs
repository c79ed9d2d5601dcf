//! The state that all parts of an engine share.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio::time::Instant;
use waxwing_agent::Agent;
use waxwing_metrics::Metrics;
use waxwing_store::{Clock, Store};
use waxwing_traces::Traces;
use waxwing_types::{PhoneNumberId, WabaId};

use crate::agent_circuits::AgentCircuits;
use crate::agent_pause::AgentPause;
use crate::alarm_queue::AlarmQueue;
use crate::brief_request::BriefRequests;
use crate::budget::Budgets;
use crate::campaign_signals::CampaignSignals;
use crate::cost_limit::CostLimiter;
use crate::direct_send::DirectSendRefusals;
use crate::event_hook::EventHook;
use crate::event_subscription::EventSubscription;
use crate::events::EventPublisher;
use crate::fair_slots::{AgentsByNumber, FairSlots};
use crate::graph::Graph;
use crate::group_subjects::GroupSubjects;
use crate::isolation::Isolation;
use crate::lease_renewer::LeaseRenewer;
use crate::log_once::LogOnce;
use crate::loop_guard::LoopGuard;
use crate::media_keeper::MediaKeeper;
use crate::media_memory::MediaMemory;
use crate::message_size::MessageSizeLimit;
use crate::rate_limit::RateLimiter;
use crate::read_receipts::ReadReceiptSender;
use crate::reloadable::ReloadableConfig;
use crate::replay_guard::ReplayGuard;
use crate::send_slots::SendSlots;
use crate::settings::{EngineSettings, NumberPolicies, OutsideWindow};
use crate::template_cache::TemplateCache;
use crate::turn_signals::TurnSignals;
use crate::typing_indicator::TypingIndicator;

/// Number of conversations that wait to be passed to another app.
const MAX_PASSES: usize = 256;

/// A business number with its agent and its connection to Meta.
#[derive(Clone)]
pub struct Route {
    /// The business number.
    pub number: PhoneNumberId,
    /// The agent that answers messages to the number.
    pub agent: Arc<dyn Agent>,
    /// Connection to Meta for the number.
    pub graph: Arc<dyn Graph>,
    /// Handling of messages while the customer service window is closed. [`EngineSettings::outside_window`] if none is set.
    pub outside_window: Option<OutsideWindow>,
    /// Policies of the number. [`EngineSettings::policies`] has those that are not set.
    pub policies: Arc<NumberPolicies>,
}

/// The state that all parts of an engine share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: EngineSettings,
    pub(crate) routes: Routes,
    pub(crate) config: RwLock<Arc<ReloadableConfig>>,
    pub(crate) rate_limiter: Arc<RateLimiter>,
    pub(crate) guards: Guards,
    pub(crate) media: Arc<MediaKeeper>,
    pub(crate) turn_signals: Arc<TurnSignals>,
    pub(crate) lease_renewer: Arc<LeaseRenewer>,
    pub(crate) typing_indicator: Arc<TypingIndicator>,
    pub(crate) read_receipts: ReadReceiptSender,
    pub(crate) slots: Slots,
    pub(crate) due: DueSignals,
    pub(crate) reports: Reports,
}

/// Reports of the engine about its work.
#[derive(Debug)]
pub(crate) struct Reports {
    pub(crate) events: Arc<EventPublisher>,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    /// Time of the last measurement of queues, circuits and the health. Concurrent readers of the metrics share one.
    pub(crate) measured_at: tokio::sync::Mutex<Option<Instant>>,
    /// Number of parts of replies that were left out.
    pub(crate) left_out_parts: Arc<AtomicU64>,
    pub(crate) log_once: LogOnce,
    pub(crate) alarms: AlarmQueue,
    /// Function of the program for the events of webhooks.
    pub(crate) hook: Option<EventHook>,
    /// Subscriptions of other systems to events.
    pub(crate) subscriptions: Vec<EventSubscription>,
}

/// Notifications of due work.
#[derive(Debug)]
pub(crate) struct DueSignals {
    /// Notified when a conversation may have become due for a turn, and when a run slot became free that a claim lacked.
    pub(crate) turns: Arc<Notify>,
    /// Notified when a message may have become due to be sent.
    pub(crate) sends: Notify,
    pub(crate) campaigns: CampaignSignals,
    /// Notified when the responder of a conversation has changed.
    pub(crate) handoffs: Notify,
}

/// The slots of concurrent work, and its memory.
#[derive(Debug)]
pub(crate) struct Slots {
    /// The slots of turns, except turns that download media.
    pub(crate) runs: FairSlots,
    /// The slots of turns that download media.
    pub(crate) downloads: FairSlots,
    /// The right of runs to execute.
    pub(crate) isolation: Isolation,
    pub(crate) sends: SendSlots,
    pub(crate) brief_requests: BriefRequests,
    /// The slots of conversations that are passed to another app after their last message.
    pub(crate) passes: BriefRequests,
    /// Memory for media of replies until they are committed.
    pub(crate) reply_memory: MediaMemory,
    /// Memory for media that are being uploaded.
    pub(crate) upload_memory: MediaMemory,
}

/// Protection against traffic that an agent should not answer, or cannot answer.
#[derive(Debug)]
pub(crate) struct Guards {
    pub(crate) costs: CostLimiter,
    pub(crate) budgets: Budgets,
    pub(crate) pause: AgentPause,
    pub(crate) agents: AgentCircuits,
    pub(crate) loops: LoopGuard,
    pub(crate) replays: ReplayGuard,
    pub(crate) sizes: MessageSizeLimit,
}

/// The routes of an engine, by business number.
#[derive(Debug)]
pub(crate) struct Routes {
    by_number: HashMap<PhoneNumberId, Route>,
    numbers: Vec<PhoneNumberId>,
    /// Phone numbers of the business numbers, as far as webhooks stated them.
    phones: RwLock<HashMap<PhoneNumberId, String>>,
    /// Accounts of the business numbers, as far as webhooks stated them.
    accounts: RwLock<HashMap<PhoneNumberId, WabaId>>,
    /// Numbers whose account does not have Direct Send.
    pub(crate) direct_send_refusals: DirectSendRefusals,
    /// Subjects of groups, as far as Meta stated them.
    pub(crate) group_subjects: GroupSubjects,
    /// Definitions of message templates, as far as Meta stated them.
    pub(crate) templates: TemplateCache,
}

impl Routes {
    /// Creates the table. A later route for the same number replaces an earlier one.
    pub(crate) fn new(routes: Vec<Route>) -> Self {
        let by_number: HashMap<_, _> = routes.into_iter().map(|route| (route.number.clone(), route)).collect();
        let mut numbers: Vec<_> = by_number.keys().cloned().collect();
        numbers.sort();
        let (phones, accounts) = (RwLock::default(), RwLock::default());
        let (group_subjects, templates) = (GroupSubjects::default(), TemplateCache::default());
        let direct_send_refusals = DirectSendRefusals::default();
        Self { by_number, numbers, phones, accounts, direct_send_refusals, group_subjects, templates }
    }

    /// Returns the business numbers, sorted.
    pub(crate) fn numbers(&self) -> &[PhoneNumberId] {
        &self.numbers
    }

    /// Returns the route of a number with the agent that the engine was built with.
    pub(crate) fn get(&self, number: &PhoneNumberId) -> Option<&Route> {
        self.by_number.get(number)
    }

    /// Records the phone number of a business number. Unknown business numbers are left out.
    pub(crate) fn record_phone(&self, number: &PhoneNumberId, phone: &str) {
        let phones = self.phones.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = phones.get(number).is_some_and(|known| known == phone);
        drop(phones);
        if !is_known && self.by_number.contains_key(number) {
            let mut phones = self.phones.write().unwrap_or_else(PoisonError::into_inner);
            phones.insert(number.clone(), phone.to_owned());
        }
    }

    /// Returns the phone number of a business number, if a webhook stated it since the start.
    pub(crate) fn phone(&self, number: &PhoneNumberId) -> Option<String> {
        self.phones.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }

    /// Records the account of a business number.
    pub(crate) fn record_account(&self, number: &PhoneNumberId, account: WabaId) {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner).insert(number.clone(), account);
    }

    /// Returns the account of a business number, if it was recorded since the start.
    pub(crate) fn account(&self, number: &PhoneNumberId) -> Option<WabaId> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }

    /// Returns the names of the agents that answer the numbers with `config`.
    pub(crate) fn agents(&self, config: &ReloadableConfig) -> AgentsByNumber {
        let agent = |route: &'_ Route| config.agents.get(&route.number).unwrap_or(&route.agent).clone();
        let agents: Vec<_> = self.iter().map(|route| (&route.number, agent(route))).collect();
        agents.iter().map(|(number, agent)| (*number, agent.name())).collect()
    }

    /// Returns all routes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.by_number.values()
    }
}

impl Slots {
    /// Creates the slots of an engine with these agents. `turns_due` is notified when a run slot becomes free.
    pub(crate) fn new(settings: &EngineSettings, agents: AgentsByNumber, turns_due: Arc<Notify>) -> Self {
        Self {
            runs: FairSlots::new(settings.max_runs, agents.clone(), turns_due),
            downloads: FairSlots::new(settings.media.max_downloads, agents, Arc::default()),
            isolation: Isolation::default(),
            sends: SendSlots::new(settings.max_sends),
            brief_requests: BriefRequests::default(),
            passes: BriefRequests::new(MAX_PASSES),
            reply_memory: MediaMemory::new(settings.media.max_memory / 2),
            upload_memory: MediaMemory::new(settings.media.max_memory / 2),
        }
    }
}

impl DueSignals {
    /// Creates the notifications of an engine with these routes. `turns` is notified when a run slot becomes free.
    pub(crate) fn new(turns: Arc<Notify>, routes: &Routes) -> Self {
        let campaigns = CampaignSignals::new(routes.numbers());
        Self { turns, sends: Notify::new(), campaigns, handoffs: Notify::new() }
    }
}

impl Route {
    /// Creates the route of a number, with the policies that the engine has.
    pub fn new(number: PhoneNumberId, agent: Arc<dyn Agent>, graph: Arc<dyn Graph>) -> Self {
        Self { number, agent, graph, outside_window: None, policies: Arc::default() }
    }
}

impl Shared {
    /// Returns the current reloadable configuration.
    pub(crate) fn config(&self) -> Arc<ReloadableConfig> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns what happens to messages of a route and of its agent while the customer service window is closed. The policy of the agent comes before that
    /// of the route.
    pub(crate) fn outside_window<'a>(
        &'a self,
        route: &'a Route,
        agent: Option<&str>,
        config: &'a ReloadableConfig,
    ) -> &'a OutsideWindow {
        let of_agent = agent.and_then(|agent| config.outside_window.get(agent));
        of_agent.or(route.outside_window.as_ref()).unwrap_or(&self.settings.outside_window)
    }

    /// Returns the route of a number with the agent that `config` names.
    pub(crate) fn route(&self, number: &PhoneNumberId, config: &ReloadableConfig) -> Option<Route> {
        let route = self.routes.get(number)?;
        let agent = config.agents.get(number).unwrap_or(&route.agent).clone();
        Some(Route { agent, ..route.clone() })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("numbers", &self.routes.numbers).finish_non_exhaustive()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("number", &self.number).field("agent", &self.agent.name()).finish_non_exhaustive()
    }
}
