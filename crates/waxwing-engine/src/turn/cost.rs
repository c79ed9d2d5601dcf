//! Cost of a turn with regard to the limits of the day.

use waxwing_store::InboxSeq;

use super::context::{TurnContext, TurnError, TurnState};
use super::outcome::{self, TurnOutcome};
use crate::cost_limit::CostAlarm;
use crate::events::EngineEventKind;

/// Returns the outcome of a turn that a limit stops. Returns none if the agent may run. A run that has begun is never stopped.
pub(super) async fn stopped(
    context: &TurnContext,
    state: &TurnState,
    messages: &[InboxSeq],
) -> Result<Option<TurnOutcome>, TurnError> {
    if let Some(period) = context.over_budget() {
        return Ok(Some(outcome::for_budget(messages, period)));
    }
    let (shared, cost) = (&context.shared, context.claim().cost);
    let has_begun = state.is_resumed || state.superseded_runs > 0;
    if has_begun || !shared.guards.costs.is_reached(&*shared.store, &*shared.clock, cost).await? {
        return Ok(None);
    }
    Ok(Some(outcome::for_cost_limit(context, messages, !cost.is_limit_told).await))
}

/// Counts the cost of a turn, and raises the alarms of the limits.
pub(super) fn count(context: &TurnContext, cost: f64) {
    let shared = &context.shared;
    for alarm in shared.guards.costs.add(context.claim().cost, cost, shared.clock.now()) {
        alarm.log();
        let CostAlarm { scope, is_reached, cost, limit } = alarm;
        context.events.publish(|| {
            if is_reached {
                EngineEventKind::LimitReached { scope, cost, limit }
            } else {
                EngineEventKind::LimitApproached { scope, cost, limit }
            }
        });
    }
}
