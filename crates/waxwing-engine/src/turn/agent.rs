//! The run of the agent: what it has to begin with, what goes on beside it, and how it ends.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_agent::{AgentError, Entry, Reply, RunContext, Turn};
use waxwing_store::{InboxSeq, OutboxId, Session, Undelivered};

use super::batch::{PassedOver, Reason};
use super::end::{End, fixed};
use super::{AGENT_PAUSE, Interrupted, Work, seqs};
use crate::context::Run;
use crate::history;
use crate::inbound::{Command, Heard, Said, hear};
use crate::settings::{Settings, WhileRunning};

/// How many times the user may interrupt one turn; what is written then waits, so that somebody who never stops is answered, too.
const INTERRUPTIONS: u32 = 8;

/// How long a cancelled run may take to tidy up before it is dropped.
const FAREWELL: Duration = Duration::from_millis(100);

/// A run that may have killed this many processes runs alone.
const SUSPICIOUS: u32 = 2;

/// A run that has killed this many processes alone is given up.
const GUILTY: u32 = 3;

/// What became of the earlier runs of a turn.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) failures: u32,
    pub(super) deaths: u32,
    pub(super) lone_deaths: u32,
    pub(super) undelivered: Vec<Undelivered>,
    /// How often the user has interrupted it.
    pub(super) interruptions: u32,
    /// What was said by runs that the user interrupted.
    pub(super) said: Vec<Entry>,
}

impl Past {
    /// Why there should be no further run.
    pub(super) fn is_hopeless(&self, settings: &Settings) -> Option<&'static str> {
        if self.lone_deaths >= GUILTY {
            return Some("the process died each time that only this was being answered");
        }
        (self.failures >= settings.run_attempts).then_some("every run ended without an answer")
    }
}

/// What of that which comes in while the agent runs is for the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    /// What came in behind this message is new.
    pub(super) newest: InboxSeq,
    /// Whether something waits that belongs to a later turn: then so does everything behind it.
    pub(super) is_closed: bool,
}

/// How a run ended.
enum Ended {
    /// By itself, or because its time was up.
    Itself(Result<Reply, AgentError>),
    /// The user called it off, with this message; those before it are not to be answered either.
    Stopped { command: InboxSeq, before: Vec<InboxSeq> },
    /// The user wrote something that belongs into the same answer.
    Interrupted,
}

/// Held while a run goes on.
enum Company {
    /// With others.
    Shared(#[expect(dead_code, reason = "held for as long as the run goes on")] OwnedRwLockReadGuard<()>),
    /// With nobody else in this process.
    Alone(#[expect(dead_code, reason = "held for as long as the run goes on")] OwnedRwLockWriteGuard<()>),
}

impl Work {
    pub(super) async fn run_agent(&mut self, said: Vec<Said>, label: &str, news: News) -> Result<End, Interrupted> {
        let shared = self.shared.clone();
        let Some(address) = self.address.clone() else {
            return self.given_up(&seqs(&said), "nothing is known by which the user could be answered").await;
        };
        let company = self.company().await;
        let deadline = Instant::now() + shared.settings.run_timeout;
        let mut steps = Vec::new();
        if self.is_repeated {
            steps = shared.store.steps(&self.lease, &self.run).await?;
        }
        let agent = self.route.agent.name();
        let session = shared.store.session(&self.lease, agent, label, shared.settings.history).await?;
        let graph = self.route.graph.clone();
        let run = Run::new(shared.clone(), graph, self.lease.clone(), self.run.clone(), address, steps);
        let run = Arc::new(run);

        let turn = Turn { messages: run.take_up(said).await, undelivered: self.undelivered() };
        let sender = turn.messages.last().map(|message| message.sender.clone()).unwrap_or_default();
        let cancellation = self.cancel.child_token();
        let ctx = RunContext::builder(sender.id, history::restore(&session))
            .user_name(sender.name)
            .run_id(self.run.0.clone())
            .conversation(run.clone())
            .journal(run.clone())
            .cancellation(cancellation.clone())
            .deadline(deadline.into_std())
            .build();
        if let Company::Alone(_) = company {
            // As late as possible: only a death from here on is laid at its door.
            shared.store.isolate(&self.lease).await?;
        }
        let ended = self.watched(turn, &ctx, &run, news, deadline, &cancellation).await;
        let end = self.ended(ended, &run, &session, &ctx).await;
        // The reply may refer to the files that came with the turn: they are there until it is compiled.
        run.close().await;
        end
    }

    /// Waits for the right to run: with others, or, for a run that may have killed processes, alone.
    async fn company(&self) -> Company {
        let solitude = self.shared.solitude.clone();
        if self.past.deaths < SUSPICIOUS {
            return Company::Shared(solitude.read_owned().await);
        }
        let conversation = self.conversation.id.0;
        tracing::warn!(conversation, deaths = self.past.deaths, "a run may have killed its process: it will run alone");
        tokio::time::sleep(self.shared.settings.suspect_pause * self.past.lone_deaths).await;
        Company::Alone(solitude.write_owned().await)
    }

    /// Earlier messages that will not arrive, as the agent is told of them.
    fn undelivered(&self) -> Vec<waxwing_agent::Undelivered> {
        let told = |lost: &Undelivered| {
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
        news: News,
        deadline: Instant,
        cancellation: &CancellationToken,
    ) -> Ended {
        let mut agent = pin!(AssertUnwindSafe(async { self.route.agent.run(turn, ctx).await }).catch_unwind());
        let ended = tokio::select! {
            biased;
            reply = &mut agent => {
                return Ended::Itself(reply.unwrap_or_else(|_panic| Err(AgentError::new("the agent panicked"))));
            }
            called_off = self.until_called_off(run, news) => called_off,
            () = tokio::time::sleep_until(deadline) => {
                Ended::Itself(Err(AgentError::new("the agent took too long")))
            }
        };
        cancellation.cancel();
        // Whatever it says now comes too late.
        let _ = tokio::time::timeout(FAREWELL, agent).await;
        ended
    }

    /// Listens to what the user writes while the agent runs, until it ends the run.
    async fn until_called_off(&self, run: &Run, News { mut newest, mut is_closed }: News) -> Ended {
        loop {
            self.ear.called().await;
            let news = match self.shared.store.news(&self.lease, newest).await {
                Ok(news) => news,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "what came in meanwhile cannot be read");
                    continue;
                }
            };
            newest = news.iter().map(|message| message.seq).max().unwrap_or(newest).max(newest);
            let heard: Vec<_> = news.iter().map(|message| (message.seq, hear(message))).collect();
            let is_stop = |(_, heard): &(_, Heard)| matches!(heard, Heard::Command(Command::Stop));
            if let Some(at) = heard.iter().rposition(is_stop) {
                let before = heard[..at].iter().filter(|(_, heard)| !is_new_session(heard));
                return Ended::Stopped { command: heard[at].0, before: before.map(|(seq, _)| *seq).collect() };
            }
            let mut said = Vec::new();
            for (_, heard) in heard {
                // What stands behind a command belongs to a later turn.
                is_closed |= matches!(heard, Heard::Command(_));
                said.extend(heard.said().filter(|_| !is_closed));
            }
            match self.shared.settings.while_running {
                WhileRunning::Steer => run.offer(said),
                WhileRunning::Interrupt if !said.is_empty() && self.may_be_interrupted(run) => {
                    return Ended::Interrupted;
                }
                WhileRunning::Interrupt | WhileRunning::Queue => {}
            }
        }
    }

    fn may_be_interrupted(&self, run: &Run) -> bool {
        self.past.interruptions < INTERRUPTIONS && !run.has_begun_for_good()
    }

    /// Turns the end of a run into the end of its turn.
    async fn ended(
        &mut self,
        ended: Ended,
        run: &Run,
        session: &Session,
        ctx: &RunContext,
    ) -> Result<End, Interrupted> {
        let messages = run.messages();
        let mut entries = std::mem::take(&mut self.past.said);
        entries.extend(run.take_entries());
        match ended {
            Ended::Itself(Ok(reply)) => {
                entries.extend(history::entry_of_agent(&reply, self.shared.clock.now()));
                let write = history::write(session, entries, ctx.session());
                let mut end = End::answered(&messages, self.compile(reply).await?, write);
                end.told = self.told();
                Ok(end)
            }
            Ended::Itself(Err(error)) => self.agent_failed(&error, &messages).await,
            Ended::Stopped { command, before } => {
                tracing::info!(conversation = self.conversation.id.0, "a run was called off by its user");
                let stopped = messages.into_iter().chain(before);
                let stopped = stopped.map(|seq| PassedOver { seq, reason: Reason::Stopped }).collect();
                let reply = self.compile(fixed(&self.shared.settings.texts.stopped)).await?;
                let write = history::write(session, entries, ctx.session());
                Ok(End::commanded(command, reply).and_pass_over(stopped).and_keep(write))
            }
            Ended::Interrupted => {
                self.past.interruptions += 1;
                self.past.said = entries.into_iter().filter(history::is_of_agent).collect();
                Err(Interrupted::ByUser)
            }
        }
    }

    fn told(&self) -> Vec<OutboxId> {
        self.past.undelivered.iter().map(|lost| lost.id).collect()
    }

    async fn agent_failed(&self, error: &AgentError, messages: &[InboxSeq]) -> Result<End, Interrupted> {
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

fn is_new_session(heard: &Heard) -> bool {
    matches!(heard, Heard::Command(Command::NewSession))
}
