//! A turn: from a claimed conversation to a committed reply.

mod batch;
mod end;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_agent::{AgentError, Reply, RunContext, Session, Turn};
use waxwing_store::{Conversation, Error, InboxSeq, Lease, Peer, PendingMessage, RunId, TurnClaim};
use waxwing_types::Address;

use crate::context::Run;
use crate::engine::{Route, Shared};
use crate::inbound::{Command, Said};
use crate::media::MediaFiles;
use crate::send;
use crate::vigil::Vigil;
use crate::workers::Stop;
use batch::Batch;
use end::End;

/// A retryable failure of an agent makes the turn wait this long, twice as long the next time, and so on.
const AGENT_PAUSE: Duration = Duration::from_secs(2);

/// How long a conversation rests after its turn failed in the store.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How long a conversation rests that nobody can answer.
const HOPELESS_PAUSE: Duration = Duration::from_hours(1);

/// Answers a claimed conversation once, and gives it back.
pub(crate) async fn run(shared: Arc<Shared>, stop: Stop, tasks: TaskTracker, claim: TurnClaim) {
    let TurnClaim { lease, conversation, failures, pending } = claim;
    let id = conversation.id.0;
    let (Some(route), Some(address)) = (shared.routes.get(&conversation.number), conversation.peer.address()) else {
        tracing::error!(conversation = id, "a conversation was claimed that cannot be answered");
        return hand_back(&shared, &lease, HOPELESS_PAUSE, false).await;
    };
    let cancel = stop.abandon.child_token();
    let mut work = Work {
        vigil: Vigil::keep(&shared, &lease, &cancel),
        run: run_id(&pending),
        route: route.clone(),
        shared: shared.clone(),
        cancel,
        lease: lease.clone(),
        conversation,
        address,
        failures,
    };
    let ended = match work.answer(pending).await {
        Ok(end) => work.commit(end, &stop, &tasks).await,
        Err(interrupted) => Err(interrupted),
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
    address: Address,
    run: RunId,
    failures: u32,
}

impl Work {
    /// Finds out how the turn ends.
    async fn answer(&mut self, pending: Vec<PendingMessage>) -> Result<End, Interrupted> {
        if let (Some(newest), Peer::User(_)) = (pending.last(), &self.conversation.peer) {
            self.vigil.show_typing(&self.shared, &self.route, newest.id.clone());
        }
        let pending = self.settled(pending).await?;
        let label = self.label(&pending);
        let Batch { said, unreadable, command } = Batch::of(&pending, &self.shared.notices);
        let texts = &self.shared.settings.texts;
        if let Some((seq, Command::NewSession)) = command {
            let label = format!("{label}:{}", uuid::Uuid::now_v7().simple());
            return Ok(End::new_session(seq, self.route.agent.name(), label, texts));
        }
        if said.is_empty() {
            return Ok(End::unreadable(unreadable, texts));
        }
        let end = if self.failures >= self.shared.settings.run_attempts {
            self.given_up(&seqs(&said), "every run ended without an answer")
        } else {
            self.run_agent(said, &label).await?
        };
        Ok(end.and_unreadable(unreadable))
    }

    /// Waits until no more messages of the burst come in.
    async fn settled(&self, mut pending: Vec<PendingMessage>) -> Result<Vec<PendingMessage>, Interrupted> {
        let settings = &self.shared.settings;
        let resumed = pending.iter().any(|message| message.run.is_some());
        if settings.settle.is_zero() || resumed {
            return Ok(pending);
        }
        let end = Instant::now() + settings.settle_cap;
        loop {
            let pause = settings.settle.min(end.saturating_duration_since(Instant::now()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancel.cancelled() => return Err(CANCELLED),
            }
            let now = self.shared.store.pending(&self.lease).await?;
            let quiet = now.len() == pending.len();
            pending = now;
            if quiet || Instant::now() >= end {
                return Ok(pending);
            }
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

    async fn run_agent(&self, said: Vec<Said>, label: &str) -> Result<End, Interrupted> {
        let (shared, store) = (&self.shared, &self.shared.store);
        let session = store.session(&self.lease, self.route.agent.name(), label, shared.settings.history).await?;
        let steps = store.steps(&self.lease, &self.run).await?;
        let messages = seqs(&said);
        let mut files = MediaFiles::new(shared, &self.run.0);
        let mut turn = Turn::default();
        for (nth, said) in said.into_iter().enumerate() {
            turn.messages.push(files.fetch(shared, &self.route, said, nth).await);
        }

        let deadline = Instant::now() + shared.settings.run_timeout;
        let (lease, address) = (self.lease.clone(), self.address.clone());
        let run = Arc::new(Run::new(shared.clone(), lease, self.run.clone(), messages.clone(), address, steps));
        let sender = turn.messages.last().map(|message| message.sender.clone()).unwrap_or_default();
        let ctx = RunContext::builder(sender.id, restored(&session))
            .user_name(sender.name)
            .run_id(self.run.0.clone())
            .conversation(run.clone())
            .journal(run)
            .cancellation(self.cancel.clone())
            .deadline(deadline.into_std())
            .build();
        let heard = end::entries_of_user(&turn);
        match self.guarded(turn, &ctx, deadline).await? {
            Ok(reply) => {
                let write = end::session_write(session.id, heard, &reply, &ctx, shared.clock.now());
                Ok(End::answered(&messages, reply, write).holding(files))
            }
            Err(error) => self.agent_failed(&error, &messages),
        }
    }

    /// Runs the agent so that neither a panic, nor a run that never ends, nor a lost lease gets past.
    async fn guarded(
        &self,
        turn: Turn,
        ctx: &RunContext,
        deadline: Instant,
    ) -> Result<Result<Reply, AgentError>, Interrupted> {
        let run = AssertUnwindSafe(async { self.route.agent.run(turn, ctx).await }).catch_unwind();
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(CANCELLED),
            ended = run => Ok(ended.unwrap_or_else(|_| Err(AgentError::new("the agent panicked")))),
            () = tokio::time::sleep_until(deadline) => Ok(Err(AgentError::new("the agent took too long"))),
        }
    }

    fn agent_failed(&self, error: &AgentError, messages: &[InboxSeq]) -> Result<End, Interrupted> {
        let conversation = self.conversation.id.0;
        if error.is_retryable() && self.failures + 1 < self.shared.settings.run_attempts {
            tracing::warn!(conversation, %error, "an agent failed and is tried again");
            let pause = AGENT_PAUSE * 2u32.saturating_pow(self.failures);
            return Err(Interrupted::HandBack { pause, failed: true });
        }
        tracing::error!(conversation, %error, "an agent failed");
        Ok(self.given_up(messages, "the agent failed"))
    }

    fn given_up(&self, messages: &[InboxSeq], reason: &str) -> End {
        tracing::error!(conversation = self.conversation.id.0, reason, "a turn was given up; the user gets an apology");
        End::given_up(messages, reason, &self.shared.settings.texts)
    }

    /// Ends the turn on disk, and sends the first message of the reply if there is a free place for it.
    async fn commit(&self, end: End, stop: &Stop, tasks: &TaskTracker) -> Result<(), Interrupted> {
        let shared = &self.shared;
        let place = if stop.drain.is_cancelled() { None } else { shared.send_places.clone().try_acquire_owned().ok() };
        let request = place.as_ref().map(|_| shared.settings.retry.request());
        let commit = end.commit(self.run.clone(), &self.address, &shared.settings.texts, request).await;
        let commit = commit.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a medium of a reply could not be read");
            Interrupted::HandBack { pause: STORE_PAUSE, failed: true }
        })?;
        let committed = shared.store.commit_turn(&self.lease, commit).await?;
        match committed.send {
            Some(first) => drop(tasks.spawn(send::drain(shared.clone(), stop.clone(), first, place))),
            None => shared.sends_due.notify_one(),
        }
        if committed.more {
            shared.turns_due.notify_one();
        }
        Ok(())
    }
}

const CANCELLED: Interrupted = Interrupted::HandBack { pause: Duration::ZERO, failed: false };

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

/// The session as the agent sees it. Entries and state are ours; what cannot be read any more is left out rather than losing the turn.
fn restored(stored: &waxwing_store::Session) -> Session {
    let history = stored.entries.iter().filter_map(|entry| serde_json::from_slice(entry).ok()).collect();
    let state = stored.state.as_ref().and_then(|state| serde_json::from_slice::<Map<String, Value>>(state).ok());
    Session::restored(stored.label.clone(), history, state.unwrap_or_default())
}
