//! The run of the agent: what it has to begin with, what goes on beside it, and how it ends.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_agent::{AgentError, Reply, RunContext, Turn};
use waxwing_store::{InboxSeq, OutboxId, Peer, RunId, StoredSession, UndeliveredMessage};

use super::arrivals::{CancelReason, Hearing};
use super::input::{SkipReason, Skipped};
use super::outcome::{TurnOutcome, fixed};
use super::run_conversation::{Run, Way};
use super::{AGENT_PAUSE, Interrupted, Work, seqs};
use crate::history::{self, NewHistoryEntry};
use crate::inbound::classify::ReceivedMessage;
use crate::isolation::RunPermit;
use crate::settings::EngineSettings;

/// However many entries of the history an agent wants, it gets no more.
const MAX_HISTORY: usize = 1000;

/// How long a cancelled run may take to tidy up before it is dropped.
const FAREWELL: Duration = Duration::from_millis(100);

/// A run that may have killed this many processes runs alone.
const ISOLATE_AFTER_CRASHES: u32 = 2;

/// A run that has killed this many processes alone is given up.
const MAX_ISOLATED_CRASHES: u32 = 3;

/// What became of the earlier runs of a turn.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) failures: u32,
    pub(super) crash_count: u32,
    pub(super) isolated_crash_count: u32,
    pub(super) undelivered: Vec<UndeliveredMessage>,
    /// How often the user has interrupted it.
    pub(super) interruptions: u32,
    /// What was said by runs that the user interrupted.
    pub(super) said: Vec<NewHistoryEntry>,
}

impl Past {
    /// Why there should be no further run.
    pub(super) fn is_hopeless(&self, settings: &EngineSettings) -> Option<&'static str> {
        if self.isolated_crash_count >= MAX_ISOLATED_CRASHES {
            return Some("the process died each time that only this was being answered");
        }
        (self.failures >= settings.run_attempts).then_some("every run ended without an answer")
    }
}

/// The first run on these messages. Its id follows from theirs: a run that died before it had written anything is the same when it is begun again, so
/// that a call which it had not finished bears the same key.
fn run_on(said: &[ReceivedMessage], interruptions: u32) -> RunId {
    let mut digest = Sha256::new();
    for said in said {
        digest.update(said.message.id.as_bytes());
        digest.update([0]);
    }
    // What was said by a run that was interrupted is in the outbox.
    digest.update(interruptions.to_be_bytes());
    RunId(hex::encode(&digest.finalize()[..16]))
}

/// How a run ended.
enum Ended {
    /// By itself, or because its time was up.
    Itself(Result<Reply, AgentError>),
    /// By its user.
    CancelReason(CancelReason),
}

impl Work {
    pub(super) async fn run_agent(
        &mut self,
        said: Vec<ReceivedMessage>,
        label: &str,
        hearing: Hearing,
    ) -> Result<TurnOutcome, Interrupted> {
        let shared = self.shared.clone();
        let Some(address) = self.address.clone() else {
            return self.given_up(&seqs(&said), "nothing is known by which the user could be answered").await;
        };
        let company = self.company().await;
        self.company = Some(company);
        let mut steps = Vec::new();
        if self.is_repeated {
            steps = shared.store.steps(&self.lease, &self.run).await?;
        } else {
            self.run = run_on(&said, self.past.interruptions);
        }
        let agent = self.route.agent.name();
        let history =
            self.route.agent.history_limit().unwrap_or_default().max(shared.settings.history).min(MAX_HISTORY);
        let session = shared.store.session(&self.lease, agent, label, history).await?;
        let way = Way {
            graph: self.route.graph.clone(),
            address,
            unsupported_media: self.system_messages().unsupported_media.clone(),
        };
        let run = Run::new(shared.clone(), way, self.lease.clone(), self.run.clone(), steps);
        let run = Arc::new(run);
        let sender = said.last().map(|said| said.message.sender.clone()).unwrap_or_default();
        let ctx = RunContext::builder(sender.id, history::restore(&session))
            .user_name(sender.name)
            .in_group(matches!(self.conversation.peer, Peer::Group(_)))
            .memory(history::memory(&session));
        let (ended, ctx) = {
            let mut cancelled = pin!(self.until_cancelled(&run, hearing));
            let messages = tokio::select! {
                biased;
                cancelled = &mut cancelled => Err(cancelled),
                messages = run.take_up(&said) => Ok(messages),
            };
            let (cancellation, deadline) = (self.cancel.child_token(), Instant::now() + shared.settings.run_timeout);
            let ctx = ctx
                .run_id(self.run.0.clone())
                .conversation(run.clone())
                .journal(run.clone())
                .cancellation(cancellation.clone())
                .deadline(deadline.into_std())
                .build();
            match messages {
                Err(cancelled) => {
                    // Nobody has begun to answer.
                    run.begin(&seqs(&said));
                    (Ended::CancelReason(cancelled), ctx)
                }
                Ok(messages) => {
                    if let Some(RunPermit::Isolated(_)) = self.company {
                        // As late as possible: only a death from here on is laid at its door.
                        shared.store.isolate(&self.lease).await?;
                    }
                    let turn = Turn { messages, undelivered: self.undelivered() };
                    (self.watched(turn, &ctx, &run, cancelled, deadline, &cancellation).await, ctx)
                }
            }
        };
        let end = self.ended(ended, &run, &session, &ctx).await;
        // The reply may refer to the files that came with the turn: they are there until it is compiled.
        run.close().await;
        end
    }

    /// Waits for the right to run: with others, or, for a run that may have killed processes, alone.
    async fn company(&mut self) -> RunPermit {
        let shared = self.shared.clone();
        if self.past.crash_count < ISOLATE_AFTER_CRASHES {
            return shared.isolation.shared().await;
        }
        let conversation = self.conversation.id.0;
        tracing::warn!(
            conversation,
            crash_count = self.past.crash_count,
            "a run may have killed its process: it will run alone"
        );
        // There may be many of them, and others should be answered meanwhile.
        self.place = None;
        tokio::time::sleep(self.shared.settings.isolation_backoff * self.past.isolated_crash_count).await;
        shared.isolation.isolated().await
    }

    /// Earlier messages that will not arrive, as the agent is told of them.
    fn undelivered(&self) -> Vec<waxwing_agent::Undelivered> {
        let told = |lost: &UndeliveredMessage| {
            let text = lost.content.text().unwrap_or_default();
            waxwing_agent::Undelivered::new(text, lost.error.message.clone(), lost.error.code)
        };
        self.past.undelivered.iter().map(told).collect()
    }

    /// Runs the agent so that neither a panic, nor a run that never ends, nor a user who has changed their mind gets past.
    async fn watched(
        &self,
        turn: Turn,
        ctx: &RunContext,
        run: &Run,
        cancelled: Pin<&mut impl Future<Output = CancelReason>>,
        deadline: Instant,
        cancellation: &CancellationToken,
    ) -> Ended {
        let mut agent = pin!(AssertUnwindSafe(async { self.route.agent.run(turn, ctx).await }).catch_unwind());
        let ended = tokio::select! {
            biased;
            reply = &mut agent => {
                return Ended::Itself(reply.unwrap_or_else(|_panic| Err(AgentError::new("the agent panicked"))));
            }
            cancelled = cancelled => Ended::CancelReason(cancelled),
            () = tokio::time::sleep_until(deadline) => {
                Ended::Itself(Err(AgentError::new("the agent took too long")))
            }
        };
        run.seal();
        cancellation.cancel();
        // Whatever it says now comes too late.
        let _ = tokio::time::timeout(FAREWELL, agent).await;
        ended
    }

    /// Turns the end of a run into the end of its turn.
    async fn ended(
        &mut self,
        ended: Ended,
        run: &Run,
        session: &StoredSession,
        ctx: &RunContext,
    ) -> Result<TurnOutcome, Interrupted> {
        let messages = run.messages();
        let mut entries = std::mem::take(&mut self.past.said);
        entries.extend(run.take_entries());
        match ended {
            Ended::Itself(Ok(reply)) => {
                entries.extend(history::entry_of_agent(&reply, self.shared.clock.now()).map(NewHistoryEntry::from));
                let write = history::write(session, entries, ctx);
                let handoff = reply.handoff().copied().or(run.handoff());
                let mut end = TurnOutcome::answered(&messages, self.compile(reply).await?, write);
                end.pause = handoff.map(|handoff| self.handed_off(handoff));
                end.told = self.told();
                Ok(end)
            }
            Ended::Itself(Err(error)) => {
                let end = self.agent_failed(&error, &messages).await?;
                // What was counted of the user counts, although there is no answer.
                Ok(end.and_keep(history::memory_alone(session, ctx)))
            }
            Ended::CancelReason(CancelReason::Stopped { command, mut before }) => {
                tracing::info!(conversation = self.conversation.id.0, "a run was called off by its user");
                // What the agent has asked for is among its messages.
                before.retain(|seq| !messages.contains(seq));
                let stopped = messages.into_iter().chain(before);
                let stopped = stopped.map(|seq| Skipped { seq, reason: SkipReason::Stopped }).collect();
                let reply = self.compile(fixed(&self.system_messages().stopped)).await?;
                let write = history::write(session, entries, ctx);
                Ok(TurnOutcome::commanded(command, reply).and_skip(stopped).and_keep(write))
            }
            Ended::CancelReason(CancelReason::ByPerson) => {
                tracing::info!(conversation = self.conversation.id.0, "a run was called off by a person who answers");
                let skipped = messages.into_iter().map(|seq| Skipped { seq, reason: SkipReason::Person }).collect();
                Ok(TurnOutcome::default().and_skip(skipped).and_keep(history::write(session, entries, ctx)))
            }
            Ended::CancelReason(CancelReason::Interrupted) => {
                self.company = None;
                self.past.interruptions += 1;
                self.past.said = entries.into_iter().filter(history::is_of_agent).collect();
                Err(Interrupted::ByUser)
            }
        }
    }

    fn told(&self) -> Vec<OutboxId> {
        self.past.undelivered.iter().map(|lost| lost.id).collect()
    }

    async fn agent_failed(&self, error: &AgentError, messages: &[InboxSeq]) -> Result<TurnOutcome, Interrupted> {
        let conversation = self.conversation.id.0;
        // The cause's own words may repeat what a user wrote.
        tracing::debug!(conversation, cause = ?error.source(), "an agent failed");
        if error.is_retryable() && self.past.failures + 1 < self.shared.settings.run_attempts {
            tracing::warn!(conversation, %error, "an agent failed and is tried again");
            let pause = AGENT_PAUSE * 2u32.saturating_pow(self.past.failures);
            return Err(Interrupted::HandBack { pause, failed: true });
        }
        tracing::error!(conversation, %error, "an agent failed");
        self.given_up(messages, "the agent failed").await
    }
}
