//! Handles messages that arrive during a run.

use waxwing_agent::{AgentError, Reply};
use waxwing_store::{InboxSeq, PendingMessage, is_full_turn};

use super::addressed;
use super::context::{STORE_BACKOFF, TurnContext};
use super::run_conversation::RunConversation;
use crate::inbound::classify::{Command, Inbound, ReceivedMessage};
use crate::settings::WhileRunning;

/// Number of runs of one turn that newer messages may supersede. Later messages wait, so that a user who never stops writing gets an answer.
const MAX_SUPERSEDED_RUNS: u32 = 8;

/// Position up to which a run knows the messages of its conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArrivalCursor {
    /// Messages after this one are new.
    pub(super) newest: InboxSeq,
    /// True if a message that belongs to a later turn waits: then all new messages belong to a later turn.
    pub(super) is_closed: bool,
}

/// Why new messages cancel a run.
#[derive(Debug)]
pub(super) enum CancelReason {
    /// The user sent the stop command.
    Stopped {
        command: InboxSeq,
        /// Messages that arrived before the command and get no answer either.
        before: Vec<InboxSeq>,
    },
    /// An operator took part in the conversation. The next turn handles the waiting messages.
    HumanTookOver,
    /// The user sent more messages, which belong to the same answer.
    Superseded,
}

/// The reply of an agent, or why the run was cancelled.
pub(super) type Execution = Result<Result<Reply, AgentError>, CancelReason>;

/// Watches for messages that arrive during a run, until one cancels the run.
///
/// Other messages wait, or are offered to the run, as [`WhileRunning`] says.
pub(super) async fn until_cancelled(
    context: &TurnContext,
    superseded_runs: u32,
    run: &RunConversation,
    mut cursor: ArrivalCursor,
) -> CancelReason {
    // Messages that wait for the next turn. A stop command cancels them as well.
    let mut waiting = Vec::new();
    loop {
        context.signal.woken().await;
        let arrived = new_messages(context, cursor.newest).await;
        cursor.newest = arrived.iter().map(|message| message.seq).max().unwrap_or(cursor.newest).max(cursor.newest);
        if is_full_turn(&arrived) {
            // The store returned a part of the new messages.
            context.signal.wake();
        }
        let Arrived { for_run, is_changed, cancel } = sort(context, run, &arrived, &mut cursor, &mut waiting);
        if let Some(reason) = cancel {
            return reason;
        }
        // An answer to the old words would be wrong, whatever the settings say of further messages.
        if is_changed && superseded_runs < MAX_SUPERSEDED_RUNS && run.seal_unless_step_started() {
            return CancelReason::Superseded;
        }
        match context.shared.settings.while_running {
            WhileRunning::Steer => run.offer(for_run),
            WhileRunning::Interrupt if !for_run.is_empty() => {
                if superseded_runs < MAX_SUPERSEDED_RUNS && run.seal_unless_step_started() {
                    return CancelReason::Superseded;
                }
                run.count_arrived(for_run.len());
            }
            WhileRunning::Interrupt | WhileRunning::Queue => run.count_arrived(for_run.len()),
        }
    }
}

/// Reads the messages after `newest`. Asks a failed store again.
async fn new_messages(context: &TurnContext, newest: InboxSeq) -> Vec<PendingMessage> {
    loop {
        match context.shared.store.new_messages(context.lease(), newest).await {
            Ok(arrived) => return arrived,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "reading new messages failed; retrying");
                tokio::time::sleep(STORE_BACKOFF).await;
            }
        }
    }
}

/// New messages, sorted by their effect on the run.
struct Arrived {
    for_run: Vec<ReceivedMessage>,
    /// True if the user edited or deleted a message that the run answers.
    is_changed: bool,
    cancel: Option<CancelReason>,
}

fn sort(
    context: &TurnContext,
    run: &RunConversation,
    arrived: &[PendingMessage],
    cursor: &mut ArrivalCursor,
    waiting: &mut Vec<InboxSeq>,
) -> Arrived {
    let mut for_run = Vec::new();
    let mut is_changed = false;
    let mut stop = None;
    for message in arrived {
        match context.classify(message) {
            Inbound::Command(Command::Stop) => stop = Some((message.seq, waiting.len())),
            Inbound::Operator(_) => {
                return Arrived { for_run, is_changed, cancel: Some(CancelReason::HumanTookOver) };
            }
            Inbound::Change(change) => is_changed |= run.answers(&change.target),
            Inbound::Command(_) => {
                // The messages after a command belong to a later turn.
                cursor.is_closed = true;
                continue;
            }
            inbound => {
                let message = inbound.into_message().filter(|_| !cursor.is_closed);
                for_run.extend(message.filter(|received| addressed::may_be_answered(context, &received.message)));
            }
        }
        waiting.push(message.seq);
    }
    let cancel = stop.map(|(command, count)| {
        waiting.truncate(count);
        CancelReason::Stopped { command, before: std::mem::take(waiting) }
    });
    Arrived { for_run, is_changed, cancel }
}
