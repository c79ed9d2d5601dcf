//! The data of one turn: what is fixed, what changes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_agent::{BusinessClosed, HumanHandoff};
use waxwing_store::{
    Conversation, Error, InboxSeq, Lease, Origin, Peer, PendingMessage, ReleaseReason, Responder, ResponderChange,
    RunId, TurnClaim, TurnRelease,
};
use waxwing_types::{Address, MessageId};

use super::first_contact::FirstContact;
use super::hours::TurnHours;
use super::receipt::Receipt;
use crate::budget::BudgetPeriod;
use crate::events::TurnEvents;
use crate::fair_slots::FairSlot;
use crate::form_tokens::FormTokens;
use crate::inbound::accept::is_change;
use crate::inbound::classify::{Inbound, classify};
use crate::inbound::content::{MEDIA, text_of};
use crate::isolation::RunPermit;
use crate::lease_renewer::LeaseGuard;
use crate::outbound::compile::ReplyRules;
use crate::outbound::window::WINDOW_MARGIN;
use crate::reloadable::ReloadableConfig;
use crate::settings::{OutsideWindow, ReadReceipts};
use crate::shared::{Route, Shared};
use crate::shutdown::ShutdownSignal;
use crate::system_messages::SystemMessages;
use crate::turn_signals::TurnSignal;
use crate::typing_indicator::TypingGuard;

/// How long a turn waits before it asks a failed store again.
pub(super) const STORE_BACKOFF: Duration = Duration::from_millis(500);

/// The fixed data of a turn.
pub(super) struct TurnContext {
    pub(super) shared: Arc<Shared>,
    pub(super) route: Route,
    pub(super) config: Arc<ReloadableConfig>,
    /// The claim, without its messages.
    claim: TurnClaim,
    /// Language of the system messages. None for the standard messages.
    language: Mutex<Option<String>>,
    /// Age of the oldest message at the time of the claim.
    oldest_age: Duration,
    claimed_at: Instant,
    /// Cancelled when the lease is lost, or when the engine releases unfinished work.
    pub(super) cancel: CancellationToken,
    pub(super) signal: TurnSignal,
    pub(super) events: TurnEvents,
    /// The period whose hard budget stops the turn.
    over_budget: OnceLock<BudgetPeriod>,
    notices: TurnNotices,
    typing: TypingGuard,
    _lease: LeaseGuard,
}

/// The notices that a turn may have to give to its user.
struct TurnNotices {
    /// Opening hours of the number, if it has some.
    hours: Option<TurnHours>,
    first_contact: Arc<FirstContact>,
    /// Set if the turn hands the conversation off.
    has_handed_off: AtomicBool,
}

/// The changing data of a turn.
pub(super) struct TurnState {
    /// The run whose writes the turn commits.
    pub(super) run: RunId,
    /// True if an earlier process may have recorded steps of this run.
    pub(super) is_resumed: bool,
    /// Number of runs of this turn that newer messages superseded.
    pub(super) superseded_runs: u32,
    /// The newest message that the run answers.
    pub(super) answered: Option<MessageId>,
    /// Cost of all runs of this turn.
    pub(super) cost: f64,
    /// Number of messages that the turn claimed.
    pub(super) messages: usize,
    /// The messages of the turn for its trace. Empty while traces are off.
    pub(super) receipts: Vec<Receipt>,
    /// True if the loop guard counted the turn.
    pub(super) is_counted: bool,
    /// Counts towards the concurrent turns. A turn that downloads media or waits for isolation holds none.
    pub(super) run_slot: Option<FairSlot>,
    /// Held from the start of a run until its outcome is committed.
    pub(super) run_permit: Option<RunPermit>,
}

/// Why a turn ends without a commit.
pub(super) enum TurnError {
    /// The conversation is released with its messages, and claimed again.
    Released(TurnRelease),
    /// The store failed.
    Store(Error),
}

impl TurnError {
    /// The turn is released, to be claimed again at once.
    pub(super) const INTERRUPTED: Self =
        Self::Released(TurnRelease { delay: Duration::ZERO, reason: ReleaseReason::PutOff, cost: 0.0, agent: None });
}

impl From<TurnRelease> for TurnError {
    fn from(release: TurnRelease) -> Self {
        Self::Released(release)
    }
}

impl From<Error> for TurnError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl TurnContext {
    /// Creates the context of a turn that was claimed at `claimed_at` or later. Returns none if no route serves the business number.
    pub(super) fn new(
        shared: Arc<Shared>,
        claim: TurnClaim,
        pending: &[PendingMessage],
        claimed_at: Instant,
        shutdown: &ShutdownSignal,
    ) -> Option<Self> {
        let config = shared.config();
        let route = shared.route(&claim.conversation.number, &config)?;
        let cancel = shutdown.abort.child_token();
        let hours = route.policies.hours.as_ref().map(|hours| TurnHours::new(hours, shared.clock.now()));
        let oldest_age = pending.iter().map(|message| message.age).max().unwrap_or_default();
        // The time in which the business was closed does not count.
        let open_for = hours.as_ref().and_then(TurnHours::opened_at).map(|at| shared.clock.now().since(at));
        let notices = TurnNotices {
            hours,
            first_contact: FirstContact::new(&route.policies, &claim),
            has_handed_off: AtomicBool::new(false),
        };
        Some(Self {
            _lease: shared.lease_renewer.hold(&claim.lease, claimed_at, &cancel),
            typing: shared.typing_indicator.register(route.number.clone(), route.graph.clone()),
            events: TurnEvents::new(shared.reports.events.clone(), shared.reports.metrics.clone(), &claim),
            signal: shared.turn_signals.subscribe(claim.conversation.id),
            language: Mutex::new(language(&config, &claim, pending)),
            shared,
            route,
            config,
            claim,
            oldest_age: open_for.map_or(oldest_age, |open_for| oldest_age.min(open_for)),
            notices,
            claimed_at,
            cancel,
            over_budget: OnceLock::new(),
        })
    }

    /// Makes the turn send nothing, because the budget of a period is used.
    pub(super) fn stop_by_budget(&self, period: BudgetPeriod) {
        let _ = self.over_budget.set(period);
    }

    /// Returns the period whose hard budget stops the turn.
    pub(super) fn over_budget(&self) -> Option<BudgetPeriod> {
        self.over_budget.get().copied()
    }

    /// Returns the opening hours of the number, if it has some.
    pub(super) fn hours(&self) -> Option<&TurnHours> {
        self.notices.hours.as_ref()
    }

    /// Returns the closed business, if it is closed.
    pub(super) fn closed_business(&self) -> Option<BusinessClosed> {
        self.hours().and_then(TurnHours::closed_business)
    }

    /// Returns the first-contact text with regard to this turn.
    pub(super) fn first_contact(&self) -> &Arc<FirstContact> {
        &self.notices.first_contact
    }

    /// Returns the version of the first-contact text if the next reply has to contain the text. While the customer service window is closed, only
    /// templates reach the user, and the text stays due.
    pub(super) async fn due_first_contact(&self) -> Option<&str> {
        if self.service_window().is_zero() { None } else { self.first_contact().due_version().await }
    }

    pub(super) fn claim(&self) -> &TurnClaim {
        &self.claim
    }

    /// Returns how long the oldest message has waited.
    pub(super) fn waited(&self) -> Duration {
        self.oldest_age + self.claimed_at.elapsed()
    }

    /// Returns how long the customer service window stays open; zero if it is closed, or too short for a message.
    pub(super) fn service_window(&self) -> Duration {
        self.claim.service_window.saturating_sub(self.claimed_at.elapsed() + WINDOW_MARGIN)
    }

    /// Returns true if every message of a reply would fail, because the customer service window is closed.
    pub(super) fn is_reply_hopeless(&self) -> bool {
        self.service_window().is_zero() && self.outside_window().fails_everything()
    }

    fn outside_window(&self) -> &OutsideWindow {
        self.shared.outside_window(&self.route, Some(self.route.agent.name()), &self.config)
    }

    /// Returns the time from which every message of the agent fails, if it does after the end of the customer service window.
    fn messages_fail_from(&self) -> Option<Instant> {
        let fails = self.outside_window().fails_everything();
        fails.then(|| Instant::now() + self.service_window())
    }

    /// Returns true if the last run of the conversation failed.
    pub(super) fn is_repeated(&self) -> bool {
        self.claim.failures > 0 || self.claim.outage.is_some_and(|outage| outage.failed_runs > 0)
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.claim.lease
    }

    pub(super) fn conversation(&self) -> &Conversation {
        &self.claim.conversation
    }

    /// Returns the conversation id for log records.
    pub(super) fn log_id(&self) -> i64 {
        self.claim.conversation.id.0
    }

    /// Returns the address of replies. Returns none if neither phone number nor BSUID of the user is known.
    pub(super) fn address(&self) -> Option<Address> {
        self.claim.conversation.peer.address()
    }

    /// Returns the subject of the group, if the conversation is a group and its subject is known. Meta is asked while the circuit of the number is
    /// closed.
    pub(super) async fn group_subject(&self) -> Option<String> {
        let Peer::Group(group) = &self.conversation().peer else { return None };
        let (route, subjects) = (&self.route, &self.shared.routes.group_subjects);
        if self.shared.rate_limiter.is_circuit_closed(&route.number) {
            subjects.get(&route.number, group, &*route.graph).await
        } else {
            subjects.remembered(&route.number, group)
        }
    }

    /// Returns true if another app owns the conversation, as of the claim.
    pub(super) fn is_with_other_app(&self) -> bool {
        self.claim.responder == Responder::OtherApp
    }

    /// Returns true if an operator answers the conversation, as of the claim, and no other app owns it.
    pub(super) fn is_with_operator(&self) -> bool {
        matches!(self.claim.responder, Responder::Human { .. })
    }

    /// Returns true if the agent does not answer the conversation, as of the claim: an operator does, or another app owns it.
    pub(super) fn is_paused(&self) -> bool {
        self.claim.responder != Responder::Agent
    }

    /// Returns true if no agent answers these messages, so that the typing indicator is not shown and no burst is awaited.
    pub(super) fn is_without_agent(&self, pending: &[PendingMessage]) -> bool {
        let reactions = self.shared.settings.reactions;
        let is_change = |message: &PendingMessage| is_change(&message.kind, reactions);
        self.is_paused()
            || pending.iter().any(|message| !matches!(message.origin, Origin::User | Origin::External))
            || pending.iter().all(is_change)
    }

    /// Marks the newest message of the user and all before it as read, and shows the typing indicator, unless the turn has to wait for the agent or for a
    /// download. Groups have neither.
    pub(super) fn show_typing(&self, pending: &[PendingMessage]) {
        if self.shared.settings.read_receipts == ReadReceipts::OnClaim
            && let (Some(newest), Peer::User(_)) =
                (pending.iter().rfind(|message| message.origin == Origin::User), &self.claim.conversation.peer)
            && self.shared.guards.agents.is_closed(&*self.route.agent)
            && (self.shared.slots.downloads.room(&self.route.number, 1) > 0 || !pending.iter().any(has_medium))
        {
            self.typing.show(&newest.id);
        }
    }

    /// Marks a message and all before it as read after its answer is committed, if the settings say so. Groups have no read receipts.
    pub(super) fn mark_answered(&self, message: &MessageId, tasks: &TaskTracker) {
        if self.shared.settings.read_receipts == ReadReceipts::OnAnswer
            && matches!(self.claim.conversation.peer, Peer::User(_))
        {
            let Route { number, graph, .. } = &self.route;
            self.shared.read_receipts.send(tasks, number, graph.clone(), message.clone());
        }
    }

    /// Returns the system messages in the language of the user.
    pub(super) fn system_messages(&self) -> &SystemMessages {
        self.config.system_messages.in_language(self.language().as_deref())
    }

    /// Classifies a message of the conversation while no operator answers it.
    pub(super) fn classify(&self, pending: &PendingMessage) -> Inbound {
        classify(pending, self.system_messages(), self.claim.marketing)
    }

    /// Returns the text about a closed business in the language of the user.
    pub(super) fn away_text(&self) -> String {
        self.config.system_messages.away(&self.conversation().number, self.language().as_deref()).to_owned()
    }

    /// Returns the first-contact text in the language of the user.
    pub(super) fn first_contact_text(&self) -> String {
        self.config.system_messages.first_contact(&self.conversation().number, self.language().as_deref()).to_owned()
    }

    /// Chooses the language of the system messages by the messages of the turn, which may have become more.
    pub(super) fn choose_language(&self, pending: &[PendingMessage]) {
        *self.language() = language(&self.config, &self.claim, pending);
    }

    fn language(&self) -> MutexGuard<'_, Option<String>> {
        self.language.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the tokens of the forms of the conversation.
    pub(super) fn form_tokens(&self) -> FormTokens {
        FormTokens::new(&*self.conversation().key)
    }

    /// Returns the rules for the compilation of replies.
    pub(super) fn reply_rules(&self) -> ReplyRules {
        let SystemMessages { unsupported_media, reply_in_file, reply_cut, .. } = self.system_messages();
        ReplyRules {
            fails_from: self.messages_fail_from(),
            limits: self.shared.settings.reply,
            media_memory: self.shared.slots.reply_memory.clone(),
            unsupported_media: unsupported_media.clone(),
            in_file: reply_in_file.clone(),
            cut: reply_cut.clone(),
            form_tokens: self.form_tokens(),
            left_out: self.shared.reports.left_out_parts.clone(),
        }
    }

    /// Returns the label of a new session.
    pub(super) fn session_label(&self, pending: &[PendingMessage]) -> String {
        let sender = || pending.last().map(|message| message.sender.label()).unwrap_or_default();
        match &self.claim.conversation.peer {
            Peer::Group(id) => id.as_str(),
            Peer::User(user) if user.label().is_empty() => sender(),
            Peer::User(user) => user.label(),
        }
        .to_owned()
    }

    /// Returns true if the turn hands the conversation off.
    pub(super) fn has_handed_off(&self) -> bool {
        self.notices.has_handed_off.load(Ordering::Relaxed)
    }

    /// Returns the change of the responder in a human handoff.
    pub(super) fn hand_off(&self, handoff: &HumanHandoff) -> ResponderChange {
        tracing::info!(conversation = self.log_id(), "conversation handed off to an operator");
        self.notices.has_handed_off.store(true, Ordering::Relaxed);
        ResponderChange::HumanAsked(handoff.duration)
    }
}

impl TurnState {
    /// Creates the state of a claimed turn. A turn whose messages belong to an unfinished run resumes this run.
    pub(super) fn new(pending: &[PendingMessage], run_slot: Option<FairSlot>) -> Self {
        let unfinished = pending.iter().find_map(|message| message.run.clone());
        Self {
            is_resumed: unfinished.is_some(),
            run: unfinished.unwrap_or_else(new_run_id),
            superseded_runs: 0,
            answered: None,
            cost: 0.0,
            messages: pending.len(),
            receipts: Vec::new(),
            is_counted: false,
            run_slot,
            run_permit: None,
        }
    }

    /// Returns true if a run of the turn has begun. Such a turn is not stopped any more.
    pub(super) fn has_begun(&self) -> bool {
        self.is_resumed || self.superseded_runs > 0
    }

    /// Puts off a turn that cannot run now: it is claimed again after `delay`, and does not count for the loop guard.
    pub(super) fn put_off(&self, context: &TurnContext, delay: Duration) -> TurnError {
        self.uncount(context);
        TurnRelease::new(delay, ReleaseReason::PutOff).into()
    }

    /// Makes the turn not count for the loop guard.
    pub(super) fn uncount(&self, context: &TurnContext) {
        if self.is_counted {
            context.shared.guards.loops.forget_turn(context.conversation().id);
        }
    }

    /// Replaces a superseded run by a new one.
    pub(super) fn supersede(&mut self) {
        self.run = new_run_id();
        self.is_resumed = false;
        self.superseded_runs += 1;
        self.run_permit = None;
    }
}

/// Returns true if the message has a medium, by its type.
fn has_medium(message: &PendingMessage) -> bool {
    MEDIA.contains(&message.kind.as_str())
}

/// Returns the position of the newest of these messages in the inbox.
pub(super) fn newest(pending: &[PendingMessage]) -> InboxSeq {
    pending.iter().map(|message| message.seq).max().unwrap_or(InboxSeq(0))
}

fn new_run_id() -> RunId {
    RunId(uuid::Uuid::now_v7().simple().to_string())
}

/// Returns the language of the system messages for a turn with these messages.
fn language(config: &ReloadableConfig, claim: &TurnClaim, pending: &[PendingMessage]) -> Option<String> {
    let catalog = &config.system_messages;
    if catalog.languages.is_empty() {
        return None;
    }
    let label = match &claim.conversation.peer {
        Peer::User(user) => user.label(),
        Peer::Group(_) => "",
    };
    // Commands are the same in all languages.
    let texts: Vec<_> = pending.iter().filter_map(text_of).filter(|text| !text.trim_start().starts_with('/')).collect();
    catalog.language_of(&claim.conversation.number, label, &texts.join("\n")).map(str::to_owned)
}
