//! Campaigns in the hands of operators.

use std::time::Duration;

use waxwing_store::{AddedRecipients, CampaignChange, CampaignId, CampaignStore, NewCampaign, PauseReason};
use waxwing_types::{OutboundContent, TemplateProblem};

use super::error::CampaignError;
use super::plan::{Campaign, Plan};
use super::recipient::{CampaignRecipient, RecipientData};
use crate::operator::Operator;

/// Largest number of wrong recipients that an error names.
const MAX_NAMED: usize = 20;

impl Operator {
    /// Returns the campaigns of the store, for reading. Writes through this reference do not wake the engine.
    pub fn campaigns(&self) -> &dyn CampaignStore {
        &*self.store
    }

    /// Creates a campaign without recipients, as a draft.
    ///
    /// # Errors
    ///
    /// [`CampaignError::Invalid`] names what is wrong. [`CampaignError::UnknownNumber`] if the engine does not serve the number.
    pub async fn create_campaign(&self, campaign: Campaign) -> Result<CampaignId, CampaignError> {
        let plan = campaign.plan()?;
        if let Some(engine) = &self.engine
            && engine.routes.get(&campaign.number).is_none()
        {
            return Err(CampaignError::UnknownNumber);
        }
        let new = NewCampaign { number: campaign.number, name: campaign.name.trim().to_owned(), plan: plan.to_bytes() };
        Ok(self.store.create_campaign(new).await?)
    }

    /// Adds recipients to a draft. An engine checks their values against the definition of the template.
    ///
    /// # Errors
    ///
    /// [`CampaignError::Invalid`] names the positions of the wrong recipients, from 0, and nothing is added. Those of the store: see
    /// [`CampaignStore::add_recipients`].
    pub async fn add_recipients(
        &self,
        id: CampaignId,
        recipients: Vec<CampaignRecipient>,
    ) -> Result<AddedRecipients, CampaignError> {
        let mut wrong = Vec::new();
        for (position, recipient) in recipients.iter().enumerate() {
            if let Err(error) = recipient.check() {
                wrong.push((position, error.to_string()));
            }
        }
        if wrong.is_empty() {
            wrong = self.mismatches(id, &recipients).await?;
        }
        if !wrong.is_empty() {
            return Err(CampaignError::Invalid(describe(&wrong)));
        }
        let recipients = recipients.into_iter().map(CampaignRecipient::stored).collect();
        Ok(self.store.add_recipients(id, recipients).await?)
    }

    /// Returns the recipients whose values do not fit the template, as far as its definition is known.
    async fn mismatches(
        &self,
        id: CampaignId,
        recipients: &[CampaignRecipient],
    ) -> Result<Vec<(usize, String)>, CampaignError> {
        let campaign = self.store.campaign(id).await?;
        let mut wrong = Vec::new();
        let (Some(engine), Some(plan)) = (&self.engine, Plan::from_bytes(&campaign.plan)) else { return Ok(wrong) };
        let Some(route) = engine.routes.get(&campaign.number) else { return Err(CampaignError::UnknownNumber) };
        for (position, recipient) in recipients.iter().enumerate() {
            let data = RecipientData { values: recipient.values.clone(), time_zone: None };
            if let OutboundContent::Template(template) = data.content(&plan.content)
                && let Err(mismatch) = engine.check_template(&campaign.number, &*route.graph, &template).await
            {
                wrong.push((position, mismatch.to_string()));
            }
        }
        Ok(wrong)
    }

    /// Starts a draft after this time.
    ///
    /// # Errors
    ///
    /// [`CampaignError::CannotStart`] if the template cannot be sent at the moment. Those of the store: see
    /// [`CampaignStore::change_campaign`].
    pub async fn start_campaign(&self, id: CampaignId, after: Duration) -> Result<(), CampaignError> {
        let campaign = self.store.campaign(id).await?;
        if let (Some(engine), Some(plan)) = (&self.engine, Plan::from_bytes(&campaign.plan))
            && let OutboundContent::Template(template) = &plan.content
        {
            let route = engine.routes.get(&campaign.number).ok_or(CampaignError::UnknownNumber)?;
            if let Err(mismatch) = engine.check_template(&campaign.number, &*route.graph, template).await
                && mismatch.problems.iter().any(is_of_template)
            {
                return Err(CampaignError::CannotStart(mismatch.to_string()));
            }
        }
        self.change_campaign(id, CampaignChange::Start(after)).await
    }

    /// Pauses a running campaign. Messages that were not sent wait again.
    ///
    /// # Errors
    ///
    /// Those of [`CampaignStore::change_campaign`].
    pub async fn pause_campaign(&self, id: CampaignId) -> Result<(), CampaignError> {
        self.change_campaign(id, CampaignChange::Pause(PauseReason::Operator)).await
    }

    /// Resumes a paused campaign.
    ///
    /// # Errors
    ///
    /// Those of [`CampaignStore::change_campaign`].
    pub async fn resume_campaign(&self, id: CampaignId) -> Result<(), CampaignError> {
        self.change_campaign(id, CampaignChange::Resume).await
    }

    /// Cancels a campaign, or a scheduled message. Messages that were not sent are not sent any more.
    ///
    /// # Errors
    ///
    /// Those of [`CampaignStore::change_campaign`].
    pub async fn cancel_campaign(&self, id: CampaignId) -> Result<(), CampaignError> {
        self.change_campaign(id, CampaignChange::Cancel).await
    }

    async fn change_campaign(&self, id: CampaignId, change: CampaignChange) -> Result<(), CampaignError> {
        self.store.change_campaign(id, change).await?;
        self.wake_feeder();
        Ok(())
    }

    pub(super) fn wake_feeder(&self) {
        if let Some(engine) = &self.engine {
            engine.due.campaigns.due.notify_one();
        }
    }
}

/// Returns whether a problem concerns the template, and not the values of one recipient.
pub(super) fn is_of_template(problem: &TemplateProblem) -> bool {
    matches!(
        problem,
        TemplateProblem::NotFound | TemplateProblem::LanguageMissing { .. } | TemplateProblem::Unusable { .. }
    )
}

/// Names wrong recipients by their positions.
fn describe(wrong: &[(usize, String)]) -> String {
    let mut lines: Vec<_> =
        wrong.iter().take(MAX_NAMED).map(|(position, error)| format!("recipients[{position}]: {error}")).collect();
    if wrong.len() > MAX_NAMED {
        lines.push(format!("and {} more", wrong.len() - MAX_NAMED));
    }
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_wrong_recipients_are_named_in_part() {
        let wrong: Vec<_> = (0..25).map(|position| (position, "wrong".to_owned())).collect();
        let text = describe(&wrong);
        assert!(
            text.starts_with("recipients[0]: wrong; recipients[1]: wrong") && text.ends_with("and 5 more"),
            "{text}"
        );
        assert_eq!(describe(&wrong[..1]), "recipients[0]: wrong");
    }
}
