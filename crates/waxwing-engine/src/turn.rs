//! One turn of a conversation, from the claim to the commit.

mod addressed;
mod agent_run;
mod arrivals;
mod budget;
mod closed;
mod commands;
mod commit;
mod compiled_reply;
mod context;
mod cost;
mod debounce;
mod earlier_media;
mod first_contact;
mod hours;
mod input;
mod outage;
mod outcome;
mod quotes;
mod receipt;
mod reminders;
mod report;
mod run_conversation;
mod templates;
mod thread;
mod turn_spans;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use waxwing_store::{Error, InboxSeq, Lease, PendingMessage, ReleaseReason, TurnClaim, TurnRelease};
use waxwing_types::MessageId;

use crate::agent_circuits::AdmittedRun;
use crate::events::EngineEventKind;
use crate::fair_slots::FairSlot;
use crate::inbound::classify::{Command, ReceivedMessage};
use crate::loop_guard::LoopDecision;
use crate::settings::OnInterrupt;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;
use agent_run::{RunInput, RunResult};
use arrivals::ArrivalCursor;
use context::{STORE_BACKOFF, TurnContext, TurnError, TurnState, newest};
use hours::TurnHours;
use input::{InputRules, SkipReason, Skipped, TurnInput};
use outcome::{RUN_BACKOFF, TurnOutcome};

/// Handles the pending messages of a conversation that was claimed at `claimed_at` or later, and releases the conversation.
///
/// `slot` counts towards the concurrent turns.
pub(crate) async fn run(
    shared: Arc<Shared>,
    shutdown: ShutdownSignal,
    tasks: TaskTracker,
    mut claim: TurnClaim,
    claimed_at: Instant,
    slot: Option<FairSlot>,
) {
    let pending = std::mem::take(&mut claim.pending);
    let (lease, conversation) = (claim.lease.clone(), claim.conversation.id.0);
    let Some(context) = TurnContext::new(shared.clone(), claim, &pending, claimed_at, &shutdown) else {
        tracing::error!(conversation, "turn claimed for an unknown business number");
        return give_back(&shared, &lease, TurnRelease::new(STORE_BACKOFF, ReleaseReason::PutOff)).await;
    };
    context.events.publish(|| EngineEventKind::TurnStarted {
        messages: pending.iter().map(|message| message.id.as_str().to_owned()).collect(),
        failures: context.claim().failures,
    });
    let mut state = TurnState::new(&pending, slot);
    // A cancelled turn is dropped wherever it is, except in its commit: the commit hands out the first send, which must be made.
    let outcome = tokio::select! {
        biased;
        () = context.cancel.cancelled() => Err(TurnError::INTERRUPTED),
        outcome = AssertUnwindSafe(handle(&context, &mut state, pending)).catch_unwind() => {
            outcome.unwrap_or_else(|_panic| {
                tracing::error!(conversation, "turn panicked");
                Err(TurnRelease::new(RUN_BACKOFF.delay(1), ReleaseReason::RunFailed).into())
            })
        }
    };
    let ended = match outcome {
        Ok(outcome) => commit::commit(&context, &state, outcome, &shutdown, &tasks).await,
        Err(error) => Err(error),
    };
    report::turn_finished(&context, &state, &ended, claimed_at.elapsed());
    if ended.is_ok() {
        turn_spans::committed(&context, &state);
    }
    let release = match ended {
        Ok(()) => return,
        Err(TurnError::Released(release)) => release,
        Err(TurnError::Store(Error::LeaseLost)) => return tracing::warn!(conversation, "lease lost; turn dropped"),
        Err(TurnError::Store(error)) => {
            log_store_error!(error, conversation, "turn failed in the store");
            TurnRelease::new(STORE_BACKOFF, ReleaseReason::PutOff)
        }
    };
    let agent = Some(context.route.agent.name().to_owned());
    let release = TurnRelease { cost: state.cost, agent, ..release };
    cost::count(&context, release.cost);
    drop((context, state));
    give_back(&shared, &lease, release).await;
}

/// Gives the conversation back with its messages, to be claimed again.
async fn give_back(shared: &Shared, lease: &Lease, release: TurnRelease) {
    let may_send = matches!(release.reason, ReleaseReason::Outage(_) | ReleaseReason::Closed(_));
    if let Err(error) = shared.store.release(lease, release).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "releasing a conversation failed; its lease will expire"
        );
    }
    shared.due.turns.notify_one();
    if may_send {
        shared.due.sends.notify_one();
    }
}

/// Returns the outcome of the turn. Starts again whenever newer messages supersede the run.
async fn handle(
    context: &TurnContext,
    state: &mut TurnState,
    mut pending: Vec<PendingMessage>,
) -> Result<TurnOutcome, TurnError> {
    let is_loop = is_loop(context, state);
    if state.is_resumed {
        // Messages that arrived after the resumed run are not among `pending`.
        context.signal.wake();
    }
    loop {
        if !context.is_without_agent(&pending) && !context.hours().is_some_and(TurnHours::keeps_agent_away) {
            context.show_typing(&pending);
            pending = debounce::wait(context, state, pending).await?;
        }
        context.choose_language(&pending);
        turn_spans::note_receipts(context, state, &pending);
        budget::check(context, state, &pending).await?;
        if let Some(outcome) = handle_messages(context, state, &pending, is_loop).await? {
            return Ok(outcome);
        }
        let store = &context.shared.store;
        let discard_unsent = match context.shared.settings.on_interrupt {
            OnInterrupt::Keep => None,
            OnInterrupt::Discard => Some("a newer message interrupted the answer"),
        };
        store.abandon_run(context.lease(), discard_unsent).await?;
        pending = store.pending_messages(context.lease()).await?;
    }
}

/// Returns the outcome of a turn with these messages. Returns none if newer messages superseded the run.
async fn handle_messages(
    context: &TurnContext,
    state: &mut TurnState,
    pending: &[PendingMessage],
    is_loop: bool,
) -> Result<Option<TurnOutcome>, TurnError> {
    let (settings, now) = (&context.shared.settings, context.shared.clock.now());
    let session_label = context.session_label(pending);
    let rules = InputRules {
        outage: context.claim().outage,
        marketing: context.claim().marketing,
        settings,
        system_messages: context.system_messages(),
        is_paused: context.is_paused(),
        is_with_other_app: context.is_with_other_app(),
        now,
        waits_for_opening: !state.has_begun()
            && context.hours().is_some_and(|hours| hours.wait(context.service_window()).is_some()),
        opened_at: context.hours().and_then(TurnHours::opened_at),
        log_once: &context.shared.reports.log_once,
    };
    let TurnInput { messages, changes, next_responder, mut skipped, command, is_cut } = TurnInput::new(pending, rules);
    let responder = next_responder.and_then(|next| next.change(settings, now));
    if command.is_some() || responder.is_some() {
        let outcome = for_command(context, command, &session_label).await;
        let outcome = outcome.with_skipped(skipped).with_responder(responder, context.is_with_operator(), "operator");
        return Ok(Some(outcome));
    }
    if messages.is_empty() {
        return Ok(Some(outcome::for_skipped(context, skipped).await));
    }
    if let Some(unanswered) = addressed::unanswered(context, state, &messages).await? {
        return Ok(Some(TurnOutcome::skipping(unanswered).with_skipped(skipped)));
    }
    let newest_of_user = messages.iter().rfind(|received| received.is_from_user());
    state.answered = newest_of_user.map(|received| MessageId::new(received.message.id.clone()));
    let seqs: Vec<InboxSeq> = messages.iter().map(|message| message.seq).collect();
    if let Some(reason) = reason_to_skip(context, state, is_loop, &messages) {
        skipped.extend(seqs.into_iter().map(|seq| Skipped { seq, reason: reason.clone() }));
        return Ok(Some(TurnOutcome::skipping(skipped)));
    }
    if let Some(outcome) = stopped(context, state, &messages, &seqs, newest(pending)).await? {
        return Ok(Some(outcome.with_skipped(skipped)));
    }
    let outcome = match (context.address(), agent_run::give_up_reason(context)) {
        (Some(address), None) => match admit(context, state).await? {
            Some(admitted) => {
                let cursor = ArrivalCursor { newest: newest(pending), is_closed: is_cut };
                let input = RunInput { messages, changes, address, session_label, cursor, admitted };
                return Ok(run_agent(context, state, input).await?.map(|outcome| outcome.with_skipped(skipped)));
            }
            None => outcome::unanswered(context, &seqs).await,
        },
        (_, reason) => {
            let reason = reason.unwrap_or("neither phone number nor bsuid of the user is known");
            outcome::given_up(context, &seqs, reason).await
        }
    };
    Ok(Some(outcome.with_skipped(skipped)))
}

/// Returns the outcome of a command, if there is one.
async fn for_command(context: &TurnContext, command: Option<(InboxSeq, Command)>, session_label: &str) -> TurnOutcome {
    let Some((seq, command)) = command else { return TurnOutcome::default() };
    let effect = commands::execute(context, &command, session_label);
    outcome::for_command(context, seq, effect).await
}

/// Returns the outcome of a turn that the opening hours or a limit of the cost stop. Returns none if the agent may run. `seen` is the newest pending
/// message.
async fn stopped(
    context: &TurnContext,
    state: &TurnState,
    messages: &[ReceivedMessage],
    seqs: &[InboxSeq],
    seen: InboxSeq,
) -> Result<Option<TurnOutcome>, TurnError> {
    match closed::outcome(context, state, messages, seen).await? {
        Some(outcome) => Ok(Some(outcome)),
        None => cost::stopped(context, state, seqs).await,
    }
}

/// Returns why the agent does not run on messages for it.
fn reason_to_skip(
    context: &TurnContext,
    state: &TurnState,
    is_loop: bool,
    messages: &[ReceivedMessage],
) -> Option<SkipReason> {
    // The agent can answer an event of another system with a template.
    let can_be_template = messages.iter().any(|received| !received.is_from_user());
    let is_hopeless = context.is_reply_hopeless() && !state.is_resumed && !can_be_template;
    if is_loop { Some(SkipReason::Loop) } else { is_hopeless.then_some(SkipReason::WindowClosed) }
}

/// Returns the outcome of a run. Returns none if newer messages superseded the run.
async fn run_agent(
    context: &TurnContext,
    state: &mut TurnState,
    input: RunInput<'_>,
) -> Result<Option<TurnOutcome>, TurnError> {
    match agent_run::run(context, state, input).await? {
        RunResult::Finished(run) => outcome::for_run(context, *run).await.map(Some),
        RunResult::Superseded => {
            let _ = turn_spans::ended(context, state, "superseded");
            state.supersede();
            Ok(None)
        }
    }
}

/// Admits a run of the agent. Returns none if the agent does not work and the messages have waited long enough.
///
/// # Errors
///
/// Puts the turn off if the agent does not work.
async fn admit<'a>(context: &'a TurnContext, state: &TurnState) -> Result<Option<AdmittedRun<'a>>, TurnError> {
    let (shared, claim) = (&context.shared, context.claim());
    let agent = &*context.route.agent;
    if state.superseded_runs > 0 {
        // A newer message cancelled the earlier run, and the user waits for the answer to both.
        return Ok(Some(shared.guards.agents.admit_anyway(agent, claim.conversation.id, context.is_repeated())));
    }
    let wait = match shared.guards.agents.admit(agent, claim.conversation.id, context.is_repeated()) {
        Ok(admitted) => return Ok(Some(admitted)),
        Err(wait) => wait,
    };
    state.uncount(context);
    outage::without_run(context, wait).await.map_or(Ok(None), |release| Err(release.into()))
}

/// Counts the turn, unless it is repeated. Returns true if the conversation has too many turns.
fn is_loop(context: &TurnContext, state: &mut TurnState) -> bool {
    let claim = context.claim();
    let is_repeated = state.is_resumed || context.is_repeated() || claim.crash_count > 0;
    if is_repeated || context.is_paused() {
        return false;
    }
    match context.shared.guards.loops.record_turn(claim.conversation.id) {
        LoopDecision::Allow => {
            state.is_counted = true;
            false
        }
        LoopDecision::Tripped => {
            tracing::warn!(conversation = context.log_id(), "loop guard tripped; ignoring the conversation");
            true
        }
        LoopDecision::Suppressed => true,
    }
}
