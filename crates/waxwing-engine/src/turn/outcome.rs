//! Turns the result of a turn into what the store commits.

use std::time::Duration;

use waxwing_agent::{AgentError, Reply};
use waxwing_backoff::Backoff;
use waxwing_metrics::Metric;
use waxwing_store::{
    Draft, InboxSeq, MarketingChoice, MessageOutcome, NewFirstContact, NewLogEntry, NewNotices, NewSession, OutboxId,
    ReleaseReason, ResponderChange, RunId, SendPolicy, SessionWrite, TurnCommit, TurnCost, TurnRelease,
};
use waxwing_types::MessageId;

use super::agent_run::{FinishedRun, RunEnd};
use super::commands::CommandEffect;
use super::compiled_reply::{CompiledReply, compile_reply, compile_text};
use super::context::{TurnContext, TurnError};
use super::input::{SkipReason, Skipped};
use super::outage;
use crate::budget::BudgetPeriod;
use crate::history::{self, HandoffCause};

/// Backoff of a turn whose run failed.
pub(super) const RUN_BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::MAX);

/// The writes that a turn commits.
#[derive(Debug, Default)]
pub(super) struct TurnOutcome {
    outcomes: Vec<(InboxSeq, MessageOutcome)>,
    reply: Vec<Draft>,
    /// New entries of the conversation log.
    log: Vec<NewLogEntry>,
    session: Option<SessionWrite>,
    new_session: Option<NewSession>,
    /// New responder, if the turn changes the responder.
    responder: Option<ResponderChange>,
    /// Choice of the user about marketing messages.
    marketing: Option<MarketingChoice>,
    /// Notices that the reply contains.
    notices: NewNotices,
    /// Undelivered messages that the agent was told about in this turn.
    reported_undelivered: Vec<OutboxId>,
    /// Whether the parked messages among them are sent.
    sends_parked: bool,
    /// Why queued messages that were not sent are discarded.
    discard_unsent: Option<&'static str>,
    /// True if the turn tells the user that the cost limit of the day is reached.
    tells_cost_limit: bool,
}

/// Shortest time between two apologies in one conversation.
const APOLOGY_INTERVAL: Duration = Duration::from_hours(1);

/// Why messages are not sent any more after the stop command.
const STOPPED: &str = "stopped by the user";

impl TurnOutcome {
    /// Creates an outcome that skips messages.
    pub(super) fn skipping(skipped: Vec<Skipped>) -> Self {
        Self::default().with_skipped(skipped)
    }

    /// Adds skipped messages.
    pub(super) fn with_skipped(mut self, skipped: Vec<Skipped>) -> Self {
        let outcome = |skipped: Skipped| (skipped.seq, MessageOutcome::Ignored(skipped.reason.describe()));
        self.outcomes.extend(skipped.into_iter().map(outcome));
        self
    }

    /// Sets the session write, if there is one.
    pub(super) fn with_session(mut self, session: Option<SessionWrite>) -> Self {
        self.session = session.or(self.session);
        self
    }

    /// Sets the responder, if there is a change. `was_operator` is true if an operator answers before the change, and `cause` is the cause of a
    /// handoff: the operator, the user or the agent.
    pub(super) fn with_responder(
        mut self,
        responder: Option<ResponderChange>,
        was_operator: bool,
        cause: impl Into<HandoffCause>,
    ) -> Self {
        let Some(responder) = responder else { return self };
        self.responder = Some(responder);
        match responder {
            ResponderChange::Agent if was_operator => self.log.push(history::resumed()),
            ResponderChange::Agent => {}
            _ if was_operator => {}
            _ => self.log.push(history::handed_off(&cause.into())),
        }
        self
    }

    /// Puts the first-contact text before the reply, if there is a reply and the text is due.
    async fn with_first_contact(mut self, context: &TurnContext) -> Self {
        let Some(version) = context.due_first_contact().await.filter(|_| !self.reply.is_empty()) else {
            return self;
        };
        let text = compile_text(context, &context.first_contact_text()).await;
        if !text.drafts.is_empty() {
            self.notices.first_contact =
                Some(NewFirstContact { version: version.to_owned(), messages: text.drafts.len() });
            self.reply.splice(0..0, text.drafts);
            self.log.splice(0..0, text.entry);
        }
        self
    }

    /// Adds entries of the conversation log in front of the others.
    fn with_log(mut self, log: Vec<NewLogEntry>) -> Self {
        self.log.splice(0..0, log);
        self
    }

    /// Returns the commit of this outcome.
    pub(super) fn into_commit(self, run: RunId, send: Option<SendPolicy>) -> TurnCommit {
        TurnCommit {
            run,
            outcomes: self.outcomes,
            reply: self.reply,
            log: self.log,
            session: self.session,
            begin_session: self.new_session,
            responder: self.responder,
            marketing: self.marketing,
            notices: self.notices,
            reported_undelivered: self.reported_undelivered,
            sends_parked: self.sends_parked,
            discard_unsent: self.discard_unsent,
            cost: TurnCost { amount: 0.0, tells_limit: self.tells_cost_limit },
            agent: None,
            send,
        }
    }

    fn new(messages: &[InboxSeq], outcome: &MessageOutcome, reply: CompiledReply) -> Self {
        Self::replying(reply).with_outcomes(messages, outcome)
    }

    fn replying(reply: CompiledReply) -> Self {
        Self { reply: reply.drafts, log: reply.entry.into_iter().collect(), ..Self::default() }
    }

    fn with_outcomes(mut self, messages: &[InboxSeq], outcome: &MessageOutcome) -> Self {
        self.outcomes.extend(messages.iter().map(|seq| (*seq, outcome.clone())));
        self
    }
}

/// Returns the outcome of an executed command.
pub(super) async fn for_command(context: &TurnContext, command: InboxSeq, effect: CommandEffect) -> TurnOutcome {
    let reply = compile_text(context, &effect.text).await;
    let outcome = TurnOutcome::new(&[command], &MessageOutcome::Command, reply);
    let discard_unsent = effect.is_stop.then_some(STOPPED);
    let outcome = outcome.with_responder(effect.responder, context.is_with_operator(), "user");
    TurnOutcome { new_session: effect.new_session, marketing: effect.marketing, discard_unsent, ..outcome }
}

/// Returns the outcome of a turn without messages for the agent. The user gets a notice if a message was of an unsupported type, unless an apology
/// was sent a short time ago.
pub(super) async fn for_skipped(context: &TurnContext, skipped: Vec<Skipped>) -> TurnOutcome {
    let is_unsupported = |skipped: &Skipped| matches!(skipped.reason, SkipReason::Unsupported(_));
    let text = if skipped.iter().any(is_unsupported) { context.system_messages().unsupported.as_str() } else { "" };
    apologizing(context, text).await.with_skipped(skipped)
}

/// Returns an outcome with an apology, or with nothing if the user got an apology a short time ago.
async fn apologizing(context: &TurnContext, text: &str) -> TurnOutcome {
    let reply = match context.claim().notices.apology {
        Some(age) if age < APOLOGY_INTERVAL => CompiledReply::default(),
        _ => compile_text(context, text).await,
    };
    let notices = NewNotices { is_apology: !reply.drafts.is_empty(), ..NewNotices::default() };
    TurnOutcome { notices, ..TurnOutcome::replying(reply) }
}

/// Returns the outcome of a turn that the cost limit of the day stops. The user gets a fixed text if `tells` is set.
pub(super) async fn for_cost_limit(context: &TurnContext, messages: &[InboxSeq], tells: bool) -> TurnOutcome {
    let text = if tells { context.system_messages().cost_limit.as_str() } else { "" };
    let reply = compile_text(context, text).await;
    let outcome = MessageOutcome::Ignored("the cost limit of the day is reached".to_owned());
    TurnOutcome { tells_cost_limit: tells, ..TurnOutcome::new(messages, &outcome, reply) }
}

/// Returns the outcome of a turn outside the opening hours. The user gets the away text if `tells` is set.
pub(super) async fn for_closed(context: &TurnContext, messages: &[InboxSeq], tells: bool) -> TurnOutcome {
    let text = if tells { context.away_text() } else { String::new() };
    let reply = compile_text(context, &text).await;
    let notices = NewNotices { is_away: !reply.drafts.is_empty(), ..NewNotices::default() };
    let outcome = MessageOutcome::Ignored("the business is closed".to_owned());
    let outcome = TurnOutcome { notices, ..TurnOutcome::new(messages, &outcome, reply) };
    outcome.with_log(vec![history::unanswered()])
}

/// Returns the outcome of a turn that a used budget stops. The user gets nothing, because every message costs something.
pub(super) fn for_budget(messages: &[InboxSeq], period: BudgetPeriod) -> TurnOutcome {
    let reason = format!("the budget of the {} for Meta's charges is used", period.as_str());
    let outcome = TurnOutcome::default().with_outcomes(messages, &MessageOutcome::Ignored(reason));
    outcome.with_log(vec![history::unanswered()])
}

/// Returns the outcome of a turn that gets no further run: its messages become dead letters, and the user gets an apology, at most one in an hour.
pub(super) async fn given_up(context: &TurnContext, messages: &[InboxSeq], reason: &str) -> TurnOutcome {
    tracing::error!(conversation = context.log_id(), reason, "turn given up");
    without_answer(context, messages, &MessageOutcome::DeadLettered(reason.to_owned())).await
}

/// Returns the outcome of a turn whose agent could not work for so long that the user gets an apology, at most one in an hour.
pub(super) async fn unanswered(context: &TurnContext, messages: &[InboxSeq]) -> TurnOutcome {
    tracing::error!(conversation = context.log_id(), "agent could not work in time");
    without_answer(context, messages, &MessageOutcome::Unanswered).await
}

async fn without_answer(context: &TurnContext, messages: &[InboxSeq], outcome: &MessageOutcome) -> TurnOutcome {
    context.shared.reports.metrics.increment(Metric::TurnsGivenUp, [context.route.agent.name()]);
    let apology = apologizing(context, &context.system_messages().apology).await;
    apology.with_outcomes(messages, outcome).with_log(vec![history::unanswered()])
}

/// Returns the outcome of a run.
///
/// # Errors
///
/// If the run failed and the turn may run again.
pub(super) async fn for_run(context: &TurnContext, run: FinishedRun) -> Result<TurnOutcome, TurnError> {
    let FinishedRun { end, messages, quote, log, handoff, session, context: run_context, _files } = run;
    match end {
        RunEnd::Replied(reply) => {
            let handoff = reply.handoff().cloned().or(handoff);
            let cause = handoff.as_ref().map(HandoffCause::agent).unwrap_or_default();
            let sends_parked = reply.sends_parked();
            let entry = history::agent_reply(context.route.agent.name(), &reply);
            let drafts = compile_reply(context, quoting(reply, quote)).await;
            let outcome = TurnOutcome::new(&messages, &MessageOutcome::Answered, CompiledReply { drafts, entry })
                .with_first_contact(context)
                .await
                .with_log(log)
                .with_session(Some(history::session_write(&session, &run_context)))
                .with_responder(handoff.map(|handoff| context.hand_off(&handoff)), context.is_with_operator(), cause);
            let reported_undelivered = context.claim().undelivered.iter().map(|lost| lost.id).collect();
            Ok(TurnOutcome { reported_undelivered, sends_parked, ..outcome })
        }
        RunEnd::Failed(error) => {
            let outcome = for_failure(context, &error, &messages).await?;
            // Counters in the memory, such as those of a usage limit, count although there is no answer.
            Ok(outcome.with_log(log).with_session(Some(history::memory_write(&session, &run_context))))
        }
        RunEnd::Stopped { command, mut before } => {
            tracing::info!(conversation = context.log_id(), "run stopped by the user");
            // The run may have taken messages from `before` while it ran.
            before.retain(|seq| !messages.contains(seq));
            let stopped = messages.into_iter().chain(before);
            let stopped = stopped.map(|seq| Skipped { seq, reason: SkipReason::Stopped }).collect();
            let reply = compile_text(context, &context.system_messages().stopped).await;
            let outcome =
                TurnOutcome::new(&[command], &MessageOutcome::Command, reply).with_skipped(stopped).with_log(log);
            Ok(TurnOutcome { discard_unsent: Some(STOPPED), ..outcome }
                .with_session(Some(history::session_write(&session, &run_context))))
        }
        RunEnd::HumanTookOver => {
            tracing::info!(conversation = context.log_id(), "run cancelled; an operator took over");
            let skipped = messages.into_iter().map(|seq| Skipped { seq, reason: SkipReason::HumanAnswers }).collect();
            let session = history::session_write(&session, &run_context);
            Ok(TurnOutcome::skipping(skipped).with_log(log).with_session(Some(session)))
        }
    }
}

/// Gives up a turn whose run failed, or releases it for another run.
async fn for_failure(
    context: &TurnContext,
    error: &AgentError,
    messages: &[InboxSeq],
) -> Result<TurnOutcome, TurnError> {
    let conversation = context.log_id();
    // The source of the error may contain the text of a user.
    tracing::debug!(conversation, cause = ?error.source(), "agent failed");
    if error.is_outage() {
        tracing::warn!(conversation, %error, "agent cannot work; waiting");
        return match outage::after_run(context, error).await {
            Some(release) => Err(release.into()),
            None => Ok(unanswered(context, messages).await),
        };
    }
    let attempt = context.claim().failures + 1;
    if error.is_retryable() && attempt < context.shared.settings.run_attempts {
        tracing::warn!(conversation, attempt, %error, "agent failed; retrying");
        return Err(TurnRelease::new(RUN_BACKOFF.delay(attempt), ReleaseReason::RunFailed).into());
    }
    tracing::error!(conversation, attempt, %error, "agent failed");
    Ok(given_up(context, messages, "the agent failed").await)
}

/// Makes a reply quote a message, unless the agent chose a quote.
fn quoting(reply: Reply, quote: Option<MessageId>) -> Reply {
    match quote {
        Some(quote) if reply.quote().is_none_or(str::is_empty) => reply.with_quote(quote.as_str()),
        _ => reply,
    }
}
