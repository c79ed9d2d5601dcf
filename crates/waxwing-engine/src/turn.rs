//! A turn: from a claimed conversation to a committed reply.

mod agent_run;
mod arrivals;
mod debounce;
mod input;
mod outcome;
mod run_conversation;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_agent::{HumanHandoff, Reply};
use waxwing_store::{
    Conversation, Error, InboxSeq, Lease, NewSession, Origin, Peer, PendingMessage, Responder, ResponderChange, RunId,
    SessionWrite, TurnClaim, TurnCommit,
};
use waxwing_types::Address;

use crate::history::{self, NewHistoryEntry};
use crate::inbound::classify::{Command, ReceivedMessage};
use crate::isolation::RunPermit;
use crate::lease_renewer::LeaseGuard;
use crate::loop_guard::LoopDecision;
use crate::outbound::compile::compile;
use crate::outbound::send;
use crate::reloadable::ReloadableConfig;
use crate::shared::{Route, Shared};
use crate::shutdown::ShutdownSignal;
use crate::system_messages::SystemMessages;
use crate::turn_signals::TurnSignal;
use crate::typing_indicator::TypingGuard;
use agent_run::Past;
use arrivals::Hearing;
use input::{SkipReason, Skipped, TurnInput};
use outcome::{TurnOutcome, fixed};

/// A retryable failure of an agent makes the turn wait this long, twice as long the next time, and so on.
const AGENT_PAUSE: Duration = Duration::from_secs(2);

/// How long to wait before the store is asked again after it failed.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Answers a claimed conversation once, and gives it back, and then its place.
pub(crate) async fn run(
    shared: Arc<Shared>,
    stop: ShutdownSignal,
    tasks: TaskTracker,
    claim: TurnClaim,
    claimed_at: Instant,
    place: Option<OwnedSemaphorePermit>,
) {
    let TurnClaim { lease, conversation, failures, crash_count, isolated_crash_count, responder, undelivered, pending } =
        claim;
    let id = conversation.id.0;
    let live = shared.config();
    let Some(route) = shared.route(&conversation.number, &live) else {
        tracing::error!(conversation = id, "a conversation of a business number was claimed that is not configured");
        return hand_back(&shared, &lease, STORE_PAUSE, false).await;
    };
    let cancel = stop.abort.child_token();
    let mut work = Work {
        _lease: shared.lease_renewer.hold(&lease, claimed_at, &cancel),
        typing: shared.typing_indicator.register(route.number.clone(), route.graph.clone()),
        signal: shared.turn_signals.subscribe(conversation.id),
        place,
        company: None,
        run: run_id(&pending),
        is_repeated: pending.iter().any(|message| message.run.is_some()),
        route,
        live,
        shared: shared.clone(),
        cancel: cancel.clone(),
        lease: lease.clone(),
        address: conversation.peer.address(),
        conversation,
        responder,
        past: Past { failures, crash_count, isolated_crash_count, undelivered, ..Past::default() },
    };
    // Whatever the turn is doing, it is dropped when its lease is lost or the engine gives up what is going on; but its commit is not, for nobody
    // would make the send that it hands out.
    let end = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Interrupted::HandBack { pause: Duration::ZERO, failed: false }),
        end = AssertUnwindSafe(work.answer(pending)).catch_unwind() => end.unwrap_or_else(|_panic| {
            tracing::error!(conversation = id, "a turn panicked");
            Err(Interrupted::HandBack { pause: AGENT_PAUSE, failed: true })
        }),
    };
    let ended = match end {
        Ok(end) => work.commit(end, &stop, &tasks).await,
        Err(interrupted) => Err(interrupted),
    };
    drop(work);
    match ended {
        Ok(()) => {}
        Err(Interrupted::HandBack { pause, failed }) => hand_back(&shared, &lease, pause, failed).await,
        Err(Interrupted::ByUser) => unreachable!("a turn that its user interrupts begins again"),
        Err(Interrupted::Store(Error::LeaseLost)) => {
            tracing::warn!(conversation = id, "a turn lost its conversation; another one answers");
        }
        Err(Interrupted::Store(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, conversation = id, "a turn failed in the store");
            hand_back(&shared, &lease, STORE_PAUSE, false).await;
        }
    }
}

/// Why a turn ends without a commit.
enum Interrupted {
    /// It is to be done again.
    HandBack { pause: Duration, failed: bool },
    /// The user wrote something that belongs into the same answer.
    ByUser,
    /// The store failed.
    Store(Error),
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Work on one turn.
struct Work {
    _lease: LeaseGuard,
    typing: TypingGuard,
    signal: TurnSignal,
    shared: Arc<Shared>,
    route: Route,
    live: Arc<ReloadableConfig>,
    cancel: CancellationToken,
    lease: Lease,
    conversation: Conversation,
    /// None if nothing is known by which the other end could be reached.
    address: Option<Address>,
    /// Who answers, as of the claim.
    responder: Responder,
    run: RunId,
    /// Whether an earlier run of this id may have recorded something.
    is_repeated: bool,
    past: Past,
    /// One of the turns that may go on at once; none for a suspect that waits.
    place: Option<OwnedSemaphorePermit>,
    company: Option<RunPermit>,
}

impl Work {
    /// Finds out how the turn ends, from the start as often as its user interrupts it.
    async fn answer(&mut self, mut pending: Vec<PendingMessage>) -> Result<TurnOutcome, Interrupted> {
        // A turn that is done again is the same turn.
        let is_new = !self.is_repeated && self.past.failures == 0 && self.past.crash_count == 0;
        let is_loop = is_new && !self.is_paused() && self.is_loop();
        if self.is_repeated {
            // What came in since is not among the messages of the run that is repeated.
            self.signal.wake();
        }
        loop {
            if !self.is_quiet(&pending) {
                self.show_typing(&pending);
                pending = self.settled(pending).await?;
            }
            match self.end(&pending, is_loop).await {
                Err(Interrupted::ByUser) => {
                    self.shared.store.abandon_run(&self.lease).await?;
                    (self.run, self.is_repeated) = (new_run(), false);
                    pending = self.shared.store.pending_messages(&self.lease).await?;
                }
                end => return end,
            }
        }
    }

    /// True while a person answers.
    fn is_paused(&self) -> bool {
        matches!(self.responder, Responder::Human { .. })
    }

    /// True if no agent will answer: nobody is typing, and what the user has written is read by whoever reads it.
    fn is_quiet(&self, pending: &[PendingMessage]) -> bool {
        self.is_paused() || pending.iter().any(|message| message.origin != Origin::User)
    }

    /// Marks the newest message as read, with all before it. In groups there is no such thing.
    fn show_typing(&mut self, pending: &[PendingMessage]) {
        if let (Some(newest), Peer::User(_)) = (pending.last(), &self.conversation.peer) {
            self.typing.show(&newest.id);
        }
    }

    /// Waits until no more messages of the burst come in.
    async fn settled(&mut self, mut pending: Vec<PendingMessage>) -> Result<Vec<PendingMessage>, Interrupted> {
        let shared = self.shared.clone();
        let settings = &shared.settings;
        let (Some(first), false) = (pending.iter().map(|message| message.received_at).min(), self.is_repeated) else {
            return Ok(pending);
        };
        let waited = shared.clock.now().since(first);
        let end = Instant::now() + settings.debounce_max_wait().saturating_sub(waited);
        while let Some(newest) = pending.iter().max_by_key(|message| message.seq) {
            let age = shared.clock.now().since(newest.received_at);
            let quiet = debounce::quiet_after(newest, self.system_messages(), settings.debounce).saturating_sub(age);
            let wait = quiet.min(end.saturating_duration_since(Instant::now()));
            if wait.is_zero() {
                break;
            }
            let is_called = tokio::time::timeout(wait, self.signal.woken()).await.is_ok();
            let now = shared.store.pending_messages(&self.lease).await?;
            if now.len() == pending.len() && !is_called {
                break;
            }
            pending = now;
            if self.is_quiet(&pending) {
                break;
            }
            self.show_typing(&pending);
        }
        Ok(pending)
    }

    async fn end(&mut self, pending: &[PendingMessage], is_loop: bool) -> Result<TurnOutcome, Interrupted> {
        let shared = self.shared.clone();
        let settings = &shared.settings;
        let now = shared.clock.now();
        let TurnInput { said, overheard, answers, mut skipped, command, is_cut } =
            TurnInput::of(pending, (settings, self.system_messages()), self.is_paused(), now, &shared.log_once);
        let label = self.label(pending);
        let pause = answers.and_then(|answers| answers.change(settings, now));
        if let Some((seq, command)) = command {
            let end = self.commanded(seq, command, &label).await?.and_skip(skipped);
            return Ok(end.and_pause(pause).and_keep(self.overheard(overheard, &label).await?));
        }
        if !overheard.is_empty() || pause.is_some() {
            let end = TurnOutcome::default().and_skip(skipped).and_pause(pause);
            return Ok(end.and_keep(self.overheard(overheard, &label).await?));
        }
        if said.is_empty() {
            let is_unreadable = |passed: &Skipped| matches!(passed.reason, SkipReason::Unreadable(_));
            let text = if skipped.iter().any(is_unreadable) { self.system_messages().unsupported.as_str() } else { "" };
            return Ok(TurnOutcome::nothing(self.compile(fixed(text)).await?).and_skip(skipped));
        }
        if is_loop {
            skipped.extend(said.iter().map(|said| Skipped { seq: said.seq, reason: SkipReason::Loop }));
            return Ok(TurnOutcome::default().and_skip(skipped));
        }
        let end = match self.past.is_hopeless(settings) {
            Some(reason) => self.given_up(&seqs(&said), reason).await?,
            None => self.run_agent(said, &label, Hearing { newest: newest(pending), is_closed: is_cut }).await?,
        };
        Ok(end.and_skip(skipped))
    }

    /// Carries a command out.
    async fn commanded(&self, seq: InboxSeq, command: Command, label: &str) -> Result<TurnOutcome, Interrupted> {
        let texts = self.system_messages();
        let text = match &command {
            Command::NewSession => &texts.new_session,
            Command::Stop => &texts.stopped,
            Command::Handoff => &texts.handed_off,
            Command::Resume => &texts.resumed,
            Command::Say(words) => words,
        };
        let end = TurnOutcome::commanded(seq, self.compile(fixed(text)).await?);
        Ok(match command {
            Command::NewSession => end.and_begin(self.new_session(label)),
            Command::Handoff => {
                let time = Some(self.shared.settings.handoff_duration).filter(|time| !time.is_zero());
                end.and_pause(Some(self.handed_off(HumanHandoff { duration: time })))
            }
            Command::Resume => end.and_pause(Some(ResponderChange::Agent)),
            Command::Stop | Command::Say(_) => end,
        })
    }

    /// The conversation goes to a person.
    fn handed_off(&self, HumanHandoff { duration: time }: HumanHandoff) -> ResponderChange {
        tracing::info!(conversation = self.conversation.id.0, "a conversation goes to a person");
        time.map_or(ResponderChange::HumanUntilResumed, ResponderChange::HumanFor)
    }

    /// Keeps in the session of the agent what it had no part in, so that the history is whole when it answers again.
    async fn overheard(
        &mut self,
        overheard: Vec<NewHistoryEntry>,
        label: &str,
    ) -> Result<Option<SessionWrite>, Interrupted> {
        let mut entries = std::mem::take(&mut self.past.said);
        entries.extend(overheard);
        if entries.is_empty() {
            return Ok(None);
        }
        let session = self.shared.store.session(&self.lease, self.route.agent.name(), label, 0).await?;
        Ok(Some(history::append(&session, entries)))
    }

    /// What this user reads that no agent wrote.
    fn system_messages(&self) -> &SystemMessages {
        let label = match &self.conversation.peer {
            Peer::User(person) => person.label(),
            Peer::Group(_) => "",
        };
        self.live.system_messages.of(&self.conversation.number, label)
    }

    fn new_session(&self, label: &str) -> NewSession {
        let label = format!("{label}:{}", uuid::Uuid::now_v7().simple());
        NewSession { agent: self.route.agent.name().to_owned(), label }
    }

    /// True if the conversation has had so many turns that the other end may be a bot.
    fn is_loop(&self) -> bool {
        let id = self.conversation.id;
        match self.shared.loop_guard.record_turn(id) {
            LoopDecision::Allow => false,
            LoopDecision::Tripped => {
                tracing::warn!(
                    conversation = id.0,
                    "a conversation has had too many turns in a short time and is left alone for a while: is the other end a bot?"
                );
                true
            }
            LoopDecision::Suppressed => true,
        }
    }

    /// What agents know the conversation by.
    fn label(&self, pending: &[PendingMessage]) -> String {
        let sender = || pending.last().map(|message| message.sender.label()).unwrap_or_default();
        match &self.conversation.peer {
            Peer::Group(id) => id.as_str(),
            Peer::User(person) if person.label().is_empty() => sender(),
            Peer::User(person) => person.label(),
        }
        .to_owned()
    }

    async fn given_up(&self, messages: &[InboxSeq], reason: &str) -> Result<TurnOutcome, Interrupted> {
        tracing::error!(conversation = self.conversation.id.0, reason, "a turn was given up; the user gets an apology");
        let apology = self.compile(fixed(&self.system_messages().apology)).await?;
        Ok(TurnOutcome::given_up(messages, reason, apology))
    }

    async fn compile(&self, reply: Reply) -> Result<Vec<waxwing_store::Draft>, Interrupted> {
        let Some(address) = &self.address else { return Ok(Vec::new()) };
        compile(reply, address, &self.system_messages().unsupported_media).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a medium of a reply could not be read");
            Interrupted::HandBack { pause: AGENT_PAUSE, failed: true }
        })
    }

    /// Ends the turn on disk, and sends the first message of the reply if there is a free place for it.
    ///
    /// A store that fails is asked again for as long as the conversation is held: the agent's work is not thrown away for a full disk.
    async fn commit(&self, end: TurnOutcome, stop: &ShutdownSignal, tasks: &TaskTracker) -> Result<(), Interrupted> {
        let shared = &self.shared;
        let may_send = !stop.drain.is_cancelled() && shared.rate_limiter.is_open(&self.conversation.number);
        let place = if may_send { shared.send_permits.clone().try_acquire_owned().ok() } else { None };
        let commit = TurnCommit {
            run: self.run.clone(),
            outcomes: end.outcomes,
            reply: end.reply,
            session: end.session,
            begin_session: end.begin_session,
            responder: end.pause,
            reported_undelivered: end.told,
            send: place.as_ref().map(|_| shared.settings.retry.request()),
        };
        let (committed, claimed_at) = loop {
            let claimed_at = Instant::now();
            match shared.store.commit_turn(&self.lease, commit.clone()).await {
                Ok(committed) => break (committed, claimed_at),
                Err(error @ Error::Database(_)) => {
                    let conversation = self.conversation.id.0;
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        conversation,
                        "a turn could not be committed"
                    );
                    tokio::select! {
                        () = tokio::time::sleep(STORE_PAUSE) => {}
                        () = self.cancel.cancelled() => {
                            return Err(Interrupted::HandBack { pause: Duration::ZERO, failed: false });
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
        match committed.send {
            Some(first) => drop(tasks.spawn(send::drain(shared.clone(), stop.clone(), first, claimed_at, place))),
            None => shared.sends_due.notify_one(),
        }
        if committed.more {
            shared.turns_due.notify_one();
        }
        Ok(())
    }
}

async fn hand_back(shared: &Shared, lease: &Lease, pause: Duration, failed: bool) {
    if let Err(error) = shared.store.release(lease, pause, failed).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a conversation could not be handed back; its lease runs out"
        );
    }
    shared.turns_due.notify_one();
}

/// The run that was begun on these messages, or a new one.
fn run_id(pending: &[PendingMessage]) -> RunId {
    pending.iter().find_map(|message| message.run.clone()).unwrap_or_else(new_run)
}

fn new_run() -> RunId {
    RunId(uuid::Uuid::now_v7().simple().to_string())
}

/// The message that came in last.
fn newest(pending: &[PendingMessage]) -> InboxSeq {
    pending.iter().map(|message| message.seq).max().unwrap_or(InboxSeq(0))
}

fn seqs(said: &[ReceivedMessage]) -> Vec<InboxSeq> {
    said.iter().map(|said| said.seq).collect()
}
