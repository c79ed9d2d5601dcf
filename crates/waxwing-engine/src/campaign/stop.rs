//! Reasons for which campaigns pause by themselves.

use waxwing_client::{ErrorCode, FailureScope};
use waxwing_store::{CampaignChange, CampaignId, PauseReason, SendAttempt, SendOutcome, SendResult};
use waxwing_types::PhoneNumberId;

use crate::quality_alert::{FlaggedNumber, digits};
use crate::shared::Shared;
use crate::store_log::log_store_error;

/// Meta's code of the spam limit of a number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const SPAM_LIMIT: i64 = 131_048;

/// Codes that are results of one recipient and say nothing about the campaign: an experiment of Meta, messages that Meta holds back for the
/// sake of the user, and users who want no marketing messages.
const OF_ONE_RECIPIENT: [i64; 3] = [130_472, 131_049, 131_050];

/// Number of refusals among the last 200 results above which a campaign pauses: 5 %.
const MAX_REFUSALS: usize = 10;

/// Returns the reason for which a campaign with these results pauses.
pub(super) fn reason(results: &[SendResult]) -> Option<PauseReason> {
    let codes = || results.iter().filter_map(|result| if let SendResult::Failed(code) = result { *code } else { None });
    if codes().any(|code| code == SPAM_LIMIT) {
        return Some(PauseReason::SpamLimit);
    }
    let refusals = codes().filter(|code| is_refusal(*code)).count();
    (refusals > MAX_REFUSALS).then_some(PauseReason::Refusals)
}

/// Returns whether a code refuses the message or its recipient.
fn is_refusal(code: i64) -> bool {
    let scope = ErrorCode::find(code).map_or(FailureScope::Message, |known| known.scope);
    matches!(scope, FailureScope::Message | FailureScope::Recipient) && !OF_ONE_RECIPIENT.contains(&code)
}

impl Shared {
    /// Pauses the campaigns of a number whose message met the spam limit.
    pub(crate) async fn note_campaign_outcome(&self, send: &SendAttempt, outcome: &SendOutcome) {
        let (SendOutcome::Retry { error, .. }
        | SendOutcome::RetryUncounted { error, .. }
        | SendOutcome::Refused { error, .. }
        | SendOutcome::DeadLetter { error, .. }) = outcome
        else {
            return;
        };
        if error.code == Some(SPAM_LIMIT) {
            self.pause_campaigns_of(&send.number, PauseReason::SpamLimit).await;
        }
    }

    /// Pauses the campaigns of flagged numbers. Campaigns of numbers whose phone number the engine does not know pause as well.
    pub(crate) async fn pause_flagged(&self, flagged: Vec<FlaggedNumber>) {
        for FlaggedNumber { phone } in flagged {
            let is_other =
                |number: &&PhoneNumberId| self.routes.phone(number).is_some_and(|known| digits(&known) != phone);
            let numbers: Vec<_> = self.routes.numbers().iter().filter(|number| !is_other(number)).collect();
            for number in numbers {
                self.pause_campaigns_of(number, PauseReason::Quality).await;
            }
        }
    }

    pub(super) async fn pause_campaigns_of(&self, number: &PhoneNumberId, reason: PauseReason) {
        match self.store.pause_campaigns(number, reason).await {
            Ok(paused) => paused.into_iter().for_each(|id| log_paused(id, number, reason)),
            Err(error) => log_store_error!(error, "pausing campaigns failed"),
        }
    }

    /// Pauses one campaign.
    pub(super) async fn pause_campaign_for(&self, id: CampaignId, number: &PhoneNumberId, reason: PauseReason) {
        match self.store.change_campaign(id, CampaignChange::Pause(reason)).await {
            Ok(()) => log_paused(id, number, reason),
            // An operator was faster.
            Err(waxwing_store::Error::WrongState { .. } | waxwing_store::Error::NotFound) => {}
            Err(error) => log_store_error!(error, "pausing a campaign failed"),
        }
    }
}

fn log_paused(id: CampaignId, number: &PhoneNumberId, reason: PauseReason) {
    let (campaign, number, reason) = (id.0, number.as_str(), reason.as_str());
    tracing::warn!(campaign, number, reason, "campaign paused; fix the reason, then resume the campaign");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(results: &[(usize, SendResult)], expected: Option<PauseReason>) {
        let results: Vec<_> = results.iter().flat_map(|(count, result)| vec![*result; *count]).collect();
        assert_eq!(reason(&results), expected);
    }

    #[test]
    fn a_campaign_pauses_when_more_than_one_in_twenty_is_refused() {
        let failed = |code| SendResult::Failed(Some(code));
        check(&[(190, SendResult::Sent), (10, failed(131_026))], None);
        check(&[(189, SendResult::Sent), (11, failed(131_026))], Some(PauseReason::Refusals));
        check(&[(5, failed(131_026)), (6, failed(132_000))], Some(PauseReason::Refusals));
        check(&[(50, failed(130_472)), (50, failed(131_049)), (50, failed(131_050))], None);
        check(&[(50, SendResult::Failed(None)), (50, failed(131_000))], None);
        check(&[(199, SendResult::Sent), (1, failed(131_048))], Some(PauseReason::SpamLimit));
    }
}
