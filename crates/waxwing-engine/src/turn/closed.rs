//! Turns outside the opening hours.

use waxwing_store::{ClosedRelease, InboxSeq, ReleaseReason, TurnRelease};

use super::compiled_reply;
use super::context::{TurnContext, TurnError, TurnState};
use super::outcome::{self, TurnOutcome};
use crate::inbound::classify::ReceivedMessage;

/// Returns the outcome of a turn outside the opening hours. Returns none if the agent runs. A run that has begun is never stopped. An event of another
/// system runs the agent, also on the messages of the user that wait with it. `seen` is the newest pending message of the turn.
///
/// # Errors
///
/// Releases the turn if it waits until the business opens.
pub(super) async fn outcome(
    context: &TurnContext,
    state: &TurnState,
    messages: &[ReceivedMessage],
    seen: InboxSeq,
) -> Result<Option<TurnOutcome>, TurnError> {
    let Some(hours) = context.hours().filter(|hours| hours.keeps_agent_away()) else { return Ok(None) };
    if state.has_begun() || !messages.iter().all(ReceivedMessage::is_from_user) {
        return Ok(None);
    }
    let is_told = hours.is_told(context.claim().notices.away);
    if let Some(wait) = hours.wait(context.service_window()) {
        state.uncount(context);
        let away = if is_told { None } else { compiled_reply::notice(context, &context.away_text()).await };
        return Err(TurnRelease::new(wait, ReleaseReason::Closed(Box::new(ClosedRelease { seen, away }))).into());
    }
    let seqs: Vec<_> = messages.iter().map(|message| message.seq).collect();
    Ok(Some(outcome::for_closed(context, &seqs, !is_told).await))
}
