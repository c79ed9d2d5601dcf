//! Commits the outcome of a turn.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use waxwing_store::{CommittedTurn, TurnCommit};

use super::context::{STORE_BACKOFF, TurnContext, TurnError, TurnState};
use super::cost;
use super::outcome::TurnOutcome;
use super::thread::PassedThread;
use crate::events::EngineEventKind;
use crate::outbound::send;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Commits an outcome, and sends the first message of the reply if a send slot is free.
///
/// A failed store is asked again for as long as the turn holds its lease: a full disk must not discard the result of a run.
pub(super) async fn commit(
    context: &TurnContext,
    state: &TurnState,
    outcome: TurnOutcome,
    shutdown: &ShutdownSignal,
    tasks: &TaskTracker,
) -> Result<(), TurnError> {
    let shared: &Arc<Shared> = &context.shared;
    let may_send =
        !shutdown.abort.is_cancelled() && shared.rate_limiter.is_circuit_closed(&context.conversation().number);
    let slot = if may_send { shared.slots.sends.try_take_healthy() } else { None };
    let send_policy = slot.as_ref().map(|_| shared.settings.retry.send_policy());
    let mut commit = outcome.into_commit(state.run.clone(), send_policy);
    commit.cost.amount = state.cost;
    commit.agent = Some(context.route.agent.name().to_owned());
    let passed = PassedThread::of(context);
    let (CommittedTurn { send, more, .. }, claimed_at) = commit_with_retries(context, &commit).await?;
    if let Some(passed) = passed {
        passed.pass(context, shutdown, tasks);
    }
    cost::count(context, commit.cost.amount);
    if let Some(answered) = state.answered.as_ref().filter(|_| !commit.reply.is_empty()) {
        context.mark_answered(answered, tasks);
    }
    for draft in &commit.reply {
        context.events.publish(|| EngineEventKind::queued(draft, false));
    }
    match (send, slot) {
        (Some(first), Some(slot)) => {
            drop(tasks.spawn(send::send_queue(shared.clone(), shutdown.clone(), first, claimed_at, slot)));
        }
        _ => shared.due.sends.notify_one(),
    }
    if more {
        shared.due.turns.notify_one();
    }
    Ok(())
}

/// Returns what was committed, and a time not later than the start of the send lease.
async fn commit_with_retries(
    context: &TurnContext,
    commit: &TurnCommit,
) -> Result<(CommittedTurn, Instant), TurnError> {
    loop {
        let claimed_at = Instant::now();
        match context.shared.store.commit_turn(context.lease(), commit.clone()).await {
            Ok(committed) => {
                if commit.responder.is_some() {
                    context.shared.due.handoffs.notify_one();
                }
                return Ok((committed, claimed_at));
            }
            Err(error) if error.is_transient() => {
                let conversation = context.log_id();
                log_store_error!(error, conversation, "turn commit failed; retrying");
            }
            Err(error) => return Err(error.into()),
        }
        tokio::select! {
            () = tokio::time::sleep(STORE_BACKOFF) => {}
            () = context.cancel.cancelled() => return Err(TurnError::INTERRUPTED),
        }
    }
}
