//! Campaigns, through a spy.

use std::time::Duration;

use async_trait::async_trait;
use waxwing_store::{
    AddedRecipients, CampaignChange, CampaignId, CampaignKind, CampaignRecord, CampaignStore, CampaignVisits, Error,
    FeedDecision, FeedOutcome, NewCampaign, NewRecipient, NewReminder, NewScheduledMessage, PauseReason,
    RecipientQuery, RecipientRecord, RunRef, ScheduledMessage, VisitRequest, WaitingRecipient,
};
use waxwing_types::PhoneNumberId;

use super::{Op, Spy};

#[async_trait]
impl CampaignStore for Spy {
    async fn create_campaign(&self, campaign: NewCampaign) -> Result<CampaignId, Error> {
        self.inner.create_campaign(campaign).await
    }

    async fn add_recipients(&self, id: CampaignId, recipients: Vec<NewRecipient>) -> Result<AddedRecipients, Error> {
        self.inner.add_recipients(id, recipients).await
    }

    async fn schedule_message(&self, message: NewScheduledMessage) -> Result<ScheduledMessage, Error> {
        self.inner.schedule_message(message).await
    }

    async fn schedule_reminder(&self, run: RunRef<'_>, reminder: NewReminder) -> Result<CampaignId, Error> {
        self.inner.schedule_reminder(run, reminder).await
    }

    async fn campaigns(
        &self,
        kind: CampaignKind,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<Vec<CampaignRecord>, Error> {
        self.inner.campaigns(kind, before, limit).await
    }

    async fn campaign(&self, id: CampaignId) -> Result<CampaignRecord, Error> {
        self.inner.campaign(id).await
    }

    async fn campaign_recipients(&self, id: CampaignId, query: RecipientQuery) -> Result<Vec<RecipientRecord>, Error> {
        self.inner.campaign_recipients(id, query).await
    }

    async fn first_recipients(&self, ids: &[CampaignId]) -> Result<Vec<Option<RecipientRecord>>, Error> {
        self.inner.first_recipients(ids).await
    }

    async fn change_campaign(&self, id: CampaignId, change: CampaignChange) -> Result<(), Error> {
        self.inner.change_campaign(id, change).await
    }

    async fn pause_campaigns(&self, number: &PhoneNumberId, reason: PauseReason) -> Result<Vec<CampaignId>, Error> {
        self.inner.pause_campaigns(number, reason).await
    }

    async fn visit_campaigns(&self, numbers: &[PhoneNumberId], request: VisitRequest) -> Result<CampaignVisits, Error> {
        self.pass(Op::VisitCampaigns, self.inner.visit_campaigns(numbers, request)).await
    }

    async fn feed_recipient(&self, id: CampaignId, place: u32, decision: FeedDecision) -> Result<FeedOutcome, Error> {
        self.inner.feed_recipient(id, place, decision).await
    }

    async fn unsent_recipients(&self, id: CampaignId) -> Result<Vec<WaitingRecipient>, Error> {
        self.inner.unsent_recipients(id).await
    }

    async fn take_back_recipients(&self, id: CampaignId, places: Vec<u32>) -> Result<(), Error> {
        self.inner.take_back_recipients(id, places).await
    }

    async fn recipients_outside_window(&self, within: Duration) -> Result<u64, Error> {
        self.note(|seen| seen.limit_counts += 1);
        self.inner.recipients_outside_window(within).await
    }
}
