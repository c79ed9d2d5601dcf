//! Earlier messages that the messages of a run refer to.

use waxwing_agent::{HistoryEntry, UserMessage};
use waxwing_store::StoredSession;

use super::context::{TurnContext, TurnError};
use super::run_conversation::RunConversation;
use crate::history::QuoteTargets;

/// Adds what the messages of a turn and of the history refer to, with at most one read of the store.
///
/// # Errors
///
/// Returns the error of the store.
pub(super) async fn add(
    context: &TurnContext,
    run: &RunConversation,
    session: &StoredSession,
    history: &mut [HistoryEntry],
    messages: &mut [UserMessage],
) -> Result<(), TurnError> {
    let (mut targets, unknown) = QuoteTargets::of(&session.entries, history, messages.iter());
    if !unknown.is_empty() {
        targets.add(context.shared.store.find_messages(context.lease(), &unknown).await?);
    }
    targets.resolve_history(history);
    targets.resolve(messages);
    run.set_targets(targets);
    Ok(())
}
