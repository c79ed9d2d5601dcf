//! Hard budget for Meta's charges with regard to a turn.

use waxwing_store::{PendingMessage, UsageStore};
use waxwing_webhook::InboundMessage;

use super::context::{TurnContext, TurnError, TurnState};
use crate::budget::{BudgetDecision, BudgetPurpose};

/// Stops a turn whose number has used a hard budget: no text is sent, and the agent does not run. A run that has begun is never stopped.
pub(super) async fn check(
    context: &TurnContext,
    state: &TurnState,
    pending: &[PendingMessage],
) -> Result<(), TurnError> {
    let (shared, budgets) = (&context.shared, &context.shared.guards.budgets);
    if state.has_begun() || !budgets.is_set() {
        return Ok(());
    }
    let number = &context.conversation().number;
    let decision = budgets.decide(number, BudgetPurpose::Conversation, &*shared.store, &*shared.clock).await?;
    if let BudgetDecision::Used(period) = decision
        && !is_free(context, pending).await?
    {
        let conversation = context.log_id();
        tracing::warn!(conversation, period = period.as_str(), "budget for meta's charges used; messages not answered");
        context.stop_by_budget(period);
    }
    Ok(())
}

/// Returns whether answers are expected to be free: the user comes from an ad or a post, or Meta did not charge the last message.
///
/// <https://developers.facebook.com/docs/whatsapp/pricing#free-entry-point-conversations>
async fn is_free(context: &TurnContext, pending: &[PendingMessage]) -> Result<bool, TurnError> {
    let has_referral =
        |message: &PendingMessage| InboundMessage::parse(&message.body).is_ok_and(|message| message.referral.is_some());
    if pending.iter().any(has_referral) {
        return Ok(true);
    }
    let last = UsageStore::last_charge(&*context.shared.store, context.conversation().id).await?;
    Ok(last.is_some_and(|charge| !charge.is_billable))
}
