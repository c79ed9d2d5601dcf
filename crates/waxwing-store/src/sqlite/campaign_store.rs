//! Campaigns as a trait of the store.

use std::time::Duration;

use async_trait::async_trait;
use waxwing_types::PhoneNumberId;

use super::content::ContentConnection;
use super::fault::Fault;
use super::run::Run;
use super::tables::{campaign as rows, campaign_recipient};
use super::writer::Priority;
use super::{SqliteStore, campaign, feeder, withdrawal};
use crate::{
    AddedRecipients, CampaignChange, CampaignId, CampaignKind, CampaignRecord, CampaignState, CampaignStore,
    CampaignVisits, Error, FeedDecision, FeedOutcome, NewCampaign, NewRecipient, NewReminder, NewScheduledMessage,
    PauseReason, RecipientQuery, RecipientRecord, RunRef, ScheduledMessage, VisitRequest, WaitingRecipient,
};

/// Returns recipients of a campaign.
fn recipients(conn: &ContentConnection, id: CampaignId, query: RecipientQuery) -> Result<Vec<RecipientRecord>, Fault> {
    let is_cancelled = rows::get(conn, id)?.state == CampaignState::Cancelled;
    campaign_recipient::list(conn, id, query, is_cancelled)
}

#[async_trait]
impl CampaignStore for SqliteStore {
    async fn create_campaign(&self, new: NewCampaign) -> Result<CampaignId, Error> {
        self.writer.run(Priority::Write, move |tx| campaign::create(tx, &new)).await
    }

    async fn add_recipients(&self, id: CampaignId, recipients: Vec<NewRecipient>) -> Result<AddedRecipients, Error> {
        self.writer.run(Priority::Write, move |tx| campaign::add(tx, id, &recipients)).await
    }

    async fn schedule_message(&self, message: NewScheduledMessage) -> Result<ScheduledMessage, Error> {
        self.writer.run(Priority::Write, move |tx| campaign::schedule(tx, &message)).await
    }

    async fn schedule_reminder(&self, run: RunRef<'_>, reminder: NewReminder) -> Result<CampaignId, Error> {
        let run = Run::from(run);
        self.writer.run(Priority::Write, move |tx| campaign::remind(tx, &run, &reminder)).await
    }

    async fn campaigns(
        &self,
        kind: CampaignKind,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<Vec<CampaignRecord>, Error> {
        self.reader.run(move |conn| rows::list(conn, kind, before, limit)).await
    }

    async fn campaign(&self, id: CampaignId) -> Result<CampaignRecord, Error> {
        self.reader.run(move |conn| rows::get(conn, id)).await
    }

    async fn campaign_recipients(&self, id: CampaignId, query: RecipientQuery) -> Result<Vec<RecipientRecord>, Error> {
        let read = move |conn: &ContentConnection| {
            // A transaction makes both reads consistent.
            let _consistent = conn.unchecked_transaction()?;
            recipients(conn, id, query)
        };
        self.reader.run(read).await
    }

    async fn first_recipients(&self, ids: &[CampaignId]) -> Result<Vec<Option<RecipientRecord>>, Error> {
        let ids = ids.to_vec();
        let first = RecipientQuery { state: None, after: 0, limit: 1 };
        let read = move |conn: &ContentConnection| {
            let _consistent = conn.unchecked_transaction()?;
            let of = |id: CampaignId| match recipients(conn, id, first) {
                Ok(mut found) => Ok(found.pop()),
                Err(Fault::Refused(Error::NotFound)) => Ok(None),
                Err(error) => Err(error),
            };
            ids.into_iter().map(of).collect()
        };
        self.reader.run(read).await
    }

    async fn change_campaign(&self, id: CampaignId, change: CampaignChange) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| campaign::change(tx, id, change)).await
    }

    async fn pause_campaigns(&self, number: &PhoneNumberId, reason: PauseReason) -> Result<Vec<CampaignId>, Error> {
        let number = number.clone();
        self.writer.run(Priority::Write, move |tx| campaign::pause_all(tx, &number, reason)).await
    }

    async fn visit_campaigns(&self, numbers: &[PhoneNumberId], request: VisitRequest) -> Result<CampaignVisits, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| feeder::visit(tx, &numbers, request)).await
    }

    async fn feed_recipient(
        &self,
        campaign: CampaignId,
        place: u32,
        decision: FeedDecision,
    ) -> Result<FeedOutcome, Error> {
        self.writer.run(Priority::Write, move |tx| feeder::feed(tx, campaign, place, &decision)).await
    }

    async fn unsent_recipients(&self, id: CampaignId) -> Result<Vec<WaitingRecipient>, Error> {
        self.reader.run(move |conn| campaign_recipient::list_unsent(conn, id)).await
    }

    async fn take_back_recipients(&self, id: CampaignId, places: Vec<u32>) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| withdrawal::take_back_places(tx, id, &places)).await
    }

    async fn recipients_outside_window(&self, within: Duration) -> Result<u64, Error> {
        let since = self.clock.now().before(within);
        self.reader.run(move |conn| campaign_recipient::outside_since(conn, since)).await
    }
}
