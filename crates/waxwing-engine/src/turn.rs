//! A turn: from a claimed conversation to a committed reply.

mod batch;
mod end;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_agent::{AgentError, Reply, RunContext, Turn};
use waxwing_store::{
    Conversation, Error, InboxSeq, Lease, NewSession, Peer, PendingMessage, RunId, TurnClaim, TurnCommit,
};
use waxwing_types::Address;

use crate::compile::compile;
use crate::context::Run;
use crate::engine::{Route, Shared};
use crate::history;
use crate::inbound::{Command, Said};
use crate::media::MediaFiles;
use crate::send;
use crate::vigil::Vigil;
use crate::workers::Stop;
use batch::Batch;
use end::{End, fixed};

/// A retryable failure of an agent makes the turn wait this long, twice as long the next time, and so on.
const AGENT_PAUSE: Duration = Duration::from_secs(2);

/// How long to wait before the store is asked again after it failed.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Answers a claimed conversation once, and gives it back.
pub(crate) async fn run(shared: Arc<Shared>, stop: Stop, tasks: TaskTracker, claim: TurnClaim) {
    let TurnClaim { lease, conversation, failures, pending } = claim;
    let id = conversation.id.0;
    let Some(route) = shared.routes.get(&conversation.number) else {
        tracing::error!(conversation = id, "a conversation of a business number was claimed that is not configured");
        return hand_back(&shared, &lease, STORE_PAUSE, false).await;
    };
    let cancel = stop.abandon.child_token();
    let mut work = Work {
        vigil: Vigil::keep(&shared, &lease, &cancel),
        run: run_id(&pending),
        route: route.clone(),
        shared: shared.clone(),
        cancel: cancel.clone(),
        lease: lease.clone(),
        address: conversation.peer.address(),
        conversation,
        failures,
    };
    // Whatever the turn is doing, it is dropped when its lease is lost or the engine gives up what is going on.
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Interrupted::HandBack { pause: Duration::ZERO, failed: false }),
        ended = work.answer(pending, &stop, &tasks) => ended,
    };
    drop(work);
    match ended {
        Ok(()) => {}
        Err(Interrupted::HandBack { pause, failed }) => hand_back(&shared, &lease, pause, failed).await,
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
    vigil: Vigil,
    shared: Arc<Shared>,
    route: Route,
    cancel: CancellationToken,
    lease: Lease,
    conversation: Conversation,
    /// None if nothing is known by which the other end could be reached.
    address: Option<Address>,
    run: RunId,
    failures: u32,
}

impl Work {
    async fn answer(
        &mut self,
        pending: Vec<PendingMessage>,
        stop: &Stop,
        tasks: &TaskTracker,
    ) -> Result<(), Interrupted> {
        self.show_typing(&pending);
        let pending = self.settled(pending).await?;
        let end = self.end(&pending).await?;
        self.commit(end, stop, tasks).await
    }

    /// Marks the newest message as read, with all before it. In groups there is no such thing.
    fn show_typing(&mut self, pending: &[PendingMessage]) {
        if let (Some(newest), Peer::User(_)) = (pending.last(), &self.conversation.peer) {
            self.vigil.show_typing(&self.shared, &self.route, &newest.id);
        }
    }

    /// Waits until no more messages of the burst come in.
    async fn settled(&mut self, mut pending: Vec<PendingMessage>) -> Result<Vec<PendingMessage>, Interrupted> {
        let (settle, cap) = (self.shared.settings.settle, self.shared.settings.settle_cap);
        let resumed = pending.iter().any(|message| message.run.is_some());
        if settle.is_zero() || resumed {
            return Ok(pending);
        }
        let end = Instant::now() + cap;
        loop {
            tokio::time::sleep(settle.min(end.saturating_duration_since(Instant::now()))).await;
            let now = self.shared.store.pending(&self.lease).await?;
            if now.len() == pending.len() {
                return Ok(now);
            }
            pending = now;
            self.show_typing(&pending);
            if Instant::now() >= end {
                return Ok(pending);
            }
        }
    }

    /// Finds out how the turn ends.
    async fn end(&self, pending: &[PendingMessage]) -> Result<End, Interrupted> {
        let Batch { said, unreadable, command } = Batch::of(pending, &self.shared.notices);
        let texts = &self.shared.settings.texts;
        let label = self.label(pending);
        if let Some((seq, Command::NewSession)) = command {
            let label = format!("{label}:{}", uuid::Uuid::now_v7().simple());
            let session = NewSession { agent: self.route.agent.name().to_owned(), label };
            return Ok(End::new_session(seq, session, self.compile(fixed(&texts.new_session)).await?));
        }
        if said.is_empty() {
            return Ok(End::unreadable(unreadable, self.compile(fixed(&texts.unsupported)).await?));
        }
        let end = if self.failures >= self.shared.settings.run_attempts {
            self.given_up(&seqs(&said), "every run ended without an answer").await?
        } else {
            self.run_agent(said, &label).await?
        };
        Ok(end.and_unreadable(unreadable))
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

    async fn run_agent(&self, said: Vec<Said>, label: &str) -> Result<End, Interrupted> {
        let (shared, store) = (&self.shared, &self.shared.store);
        let messages = seqs(&said);
        let Some(address) = self.address.clone() else {
            return self.given_up(&messages, "nothing is known by which the user could be answered").await;
        };
        let deadline = Instant::now() + shared.settings.run_timeout;
        let steps = store.steps(&self.lease, &self.run).await?;
        let mut files = MediaFiles::new(&shared.settings.media, &self.run, &self.lease);
        let mut turn = Turn::default();
        for (nth, said) in said.into_iter().enumerate() {
            turn.messages.push(files.fetch(&*self.route.graph, said, nth).await);
        }
        // From here on a process that dies counts as a failure of this run.
        let session = store.session(&self.lease, self.route.agent.name(), label, shared.settings.history).await?;

        let (lease, id) = (self.lease.clone(), self.run.clone());
        let run = Arc::new(Run::new(shared.clone(), lease, id, messages.clone(), address, steps));
        let sender = turn.messages.last().map(|message| message.sender.clone()).unwrap_or_default();
        let ctx = RunContext::builder(sender.id, history::restore(&session))
            .user_name(sender.name)
            .run_id(self.run.0.clone())
            .conversation(run.clone())
            .journal(run.clone())
            .cancellation(self.cancel.clone())
            .deadline(deadline.into_std())
            .build();
        let mut entries = history::entries_of_user(&turn);
        let reply = match self.guarded(turn, &ctx, deadline).await {
            Ok(reply) => reply,
            Err(error) => return self.agent_failed(&error, &messages).await,
        };
        entries.extend(run.take_said());
        entries.extend(history::entry_of_agent(&reply, shared.clock.now()));
        let write = history::write(&session, entries, ctx.session());
        // The reply may refer to the files that came with the turn: they are there until it is compiled.
        let end = End::answered(&messages, self.compile(reply).await?, write);
        drop(files);
        Ok(end)
    }

    /// Runs the agent so that neither a panic nor a run that never ends gets past.
    async fn guarded(&self, turn: Turn, ctx: &RunContext, deadline: Instant) -> Result<Reply, AgentError> {
        let run = AssertUnwindSafe(async { self.route.agent.run(turn, ctx).await }).catch_unwind();
        match tokio::time::timeout_at(deadline, run).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(AgentError::new("the agent panicked")),
            Err(_) => Err(AgentError::new("the agent took too long")),
        }
    }

    async fn agent_failed(&self, error: &AgentError, messages: &[InboxSeq]) -> Result<End, Interrupted> {
        let conversation = self.conversation.id.0;
        // The cause's own words may repeat what a user wrote.
        tracing::debug!(conversation, cause = ?error.source(), "an agent failed");
        if error.is_retryable() && self.failures + 1 < self.shared.settings.run_attempts {
            tracing::warn!(conversation, %error, "an agent failed and is tried again");
            let pause = AGENT_PAUSE * 2u32.saturating_pow(self.failures);
            return Err(Interrupted::HandBack { pause, failed: true });
        }
        tracing::error!(conversation, %error, "an agent failed");
        self.given_up(messages, "the agent failed").await
    }

    async fn given_up(&self, messages: &[InboxSeq], reason: &str) -> Result<End, Interrupted> {
        tracing::error!(conversation = self.conversation.id.0, reason, "a turn was given up; the user gets an apology");
        let apology = self.compile(fixed(&self.shared.settings.texts.apology)).await?;
        Ok(End::given_up(messages, reason, apology))
    }

    async fn compile(&self, reply: Reply) -> Result<Vec<waxwing_store::Draft>, Interrupted> {
        let Some(address) = &self.address else { return Ok(Vec::new()) };
        compile(reply, address, &self.shared.settings.texts.no_medium).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a medium of a reply could not be read");
            Interrupted::HandBack { pause: AGENT_PAUSE, failed: true }
        })
    }

    /// Ends the turn on disk, and sends the first message of the reply if there is a free place for it.
    ///
    /// A store that fails is asked again for as long as the conversation is held: the agent's work is not thrown away for a full disk.
    async fn commit(&self, end: End, stop: &Stop, tasks: &TaskTracker) -> Result<(), Interrupted> {
        let shared = &self.shared;
        let may_send = !stop.drain.is_cancelled() && shared.gate.is_open(&self.conversation.number);
        let place = if may_send { shared.send_places.clone().try_acquire_owned().ok() } else { None };
        let commit = TurnCommit {
            run: self.run.clone(),
            outcomes: end.outcomes,
            reply: end.reply,
            session: end.session,
            begin_session: end.begin_session,
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
                    tokio::time::sleep(STORE_PAUSE).await;
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
    let due = shared.clock.now().after(pause);
    if let Err(error) = shared.store.release(lease, due, failed).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a conversation could not be handed back; its lease runs out"
        );
    }
    shared.turns_due.notify_one();
}

/// The run that was begun on these messages, or a new one.
fn run_id(pending: &[PendingMessage]) -> RunId {
    let begun = pending.iter().find_map(|message| message.run.clone());
    begun.unwrap_or_else(|| RunId(uuid::Uuid::now_v7().simple().to_string()))
}

fn seqs(said: &[Said]) -> Vec<InboxSeq> {
    said.iter().map(|said| said.seq).collect()
}
