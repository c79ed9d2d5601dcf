//! Campaigns in the client of the admin API, also those of one message.

use super::{Access, AdminClient};
use crate::campaign_operations::CampaignAction;
use crate::campaign_request::{
    CampaignRequest, CampaignsQuery, RecipientRequest, RecipientsQuery, RecipientsRequest, StartRequest,
};
use crate::error::AdminError;
use crate::message_request::MessageRequest;
use crate::views::campaign::{AddedView, CampaignView, RecipientView, ScheduledStateView, ScheduledView};

impl AdminClient {
    /// Creates a campaign without recipients, as a draft.
    ///
    /// # Errors
    ///
    /// If the request is wrong, if 100 campaigns are not over, or if the store or the server fails.
    pub async fn create_campaign(&self, request: CampaignRequest) -> Result<CampaignView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.create_campaign(request).await,
            Access::Remote(remote) => remote.post("v1/campaigns", &request).await,
        }
    }

    /// Adds up to 1,000 recipients to a draft.
    ///
    /// # Errors
    ///
    /// If recipients are wrong, which the error names as `recipients[POSITION]`, if there is no such draft, or if the store or the server fails.
    /// Nothing is added then.
    pub async fn add_recipients(&self, id: i64, recipients: Vec<RecipientRequest>) -> Result<AddedView, AdminError> {
        let request = RecipientsRequest { recipients };
        match &self.0 {
            Access::Local(operations) => operations.add_recipients(id, request).await,
            Access::Remote(remote) => remote.post(&format!("v1/campaigns/{id}/recipients"), &request).await,
        }
    }

    /// Starts a draft: now, or at a time in RFC 3339.
    ///
    /// # Errors
    ///
    /// If the draft has no recipients, if its template cannot be sent, if there is no such draft, or if the store or the server fails.
    pub async fn start_campaign(&self, id: i64, at: Option<String>) -> Result<CampaignView, AdminError> {
        let request = StartRequest { at };
        match &self.0 {
            Access::Local(operations) => operations.start_campaign(id, &request).await,
            Access::Remote(remote) => remote.post(&format!("v1/campaigns/{id}/start"), &request).await,
        }
    }

    /// Pauses a running campaign. Messages that were not sent wait.
    ///
    /// # Errors
    ///
    /// If the campaign does not run, if there is none, or if the store or the server fails.
    pub async fn pause_campaign(&self, id: i64) -> Result<CampaignView, AdminError> {
        self.change_campaign(id, CampaignAction::Pause).await
    }

    /// Resumes a paused campaign.
    ///
    /// # Errors
    ///
    /// If the campaign is not paused, if there is none, or if the store or the server fails.
    pub async fn resume_campaign(&self, id: i64) -> Result<CampaignView, AdminError> {
        self.change_campaign(id, CampaignAction::Resume).await
    }

    /// Cancels a campaign that is not over.
    ///
    /// # Errors
    ///
    /// If the campaign is over, if there is none, or if the store or the server fails.
    pub async fn cancel_campaign(&self, id: i64) -> Result<CampaignView, AdminError> {
        self.change_campaign(id, CampaignAction::Cancel).await
    }

    async fn change_campaign(&self, id: i64, action: CampaignAction) -> Result<CampaignView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.change_campaign(id, action).await,
            Access::Remote(remote) => remote.post(&format!("v1/campaigns/{id}/{}", action.as_str()), &()).await,
        }
    }

    /// Lists up to `limit` campaigns, newest first.
    ///
    /// # Errors
    ///
    /// If `limit` is not between 1 and 1,000, or if the store or the server fails.
    pub async fn campaigns(&self, limit: usize) -> Result<Vec<CampaignView>, AdminError> {
        let query = CampaignsQuery { before: None, limit: Some(limit) };
        match &self.0 {
            Access::Local(operations) => operations.campaigns(&query).await,
            Access::Remote(remote) => remote.get("v1/campaigns", Some(&query)).await,
        }
    }

    /// Shows a campaign with the numbers of its recipients.
    ///
    /// # Errors
    ///
    /// If there is no such campaign, or if the store or the server fails.
    pub async fn campaign(&self, id: i64) -> Result<CampaignView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.campaign(id).await,
            Access::Remote(remote) => remote.get(&format!("v1/campaigns/{id}"), None::<&()>).await,
        }
    }

    /// Lists up to `limit` recipients after a place, in the order of the list: those in a state, or all.
    ///
    /// # Errors
    ///
    /// If `limit` is not between 1 and 1,000, if there is no such campaign or state, or if the store or the server fails.
    pub async fn recipients(
        &self,
        id: i64,
        state: Option<String>,
        after: u32,
        limit: usize,
    ) -> Result<Vec<RecipientView>, AdminError> {
        let query = RecipientsQuery { state, after: Some(after), limit: Some(limit) };
        match &self.0 {
            Access::Local(operations) => operations.recipients(id, &query).await,
            Access::Remote(remote) => remote.get(&format!("v1/campaigns/{id}/recipients"), Some(&query)).await,
        }
    }

    /// Schedules a message that no agent wrote for a time in RFC 3339. With an idempotency key, the call can be repeated for 24 hours.
    ///
    /// # Errors
    ///
    /// If the request is wrong, if the recipient is unknown, if too many messages are scheduled, or if the store or the server fails.
    pub async fn schedule_message(
        &self,
        mut request: MessageRequest,
        at: String,
        key: Option<String>,
    ) -> Result<ScheduledView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.schedule(request, &at, key).await,
            Access::Remote(remote) => {
                request.send_at = Some(at);
                remote.queue("v1/messages", &request, key.as_deref()).await
            }
        }
    }

    /// Lists up to `limit` scheduled messages and reminders, newest first.
    ///
    /// # Errors
    ///
    /// If `limit` is not between 1 and 1,000, or if the store or the server fails.
    pub async fn scheduled_messages(&self, limit: usize) -> Result<Vec<ScheduledStateView>, AdminError> {
        let query = CampaignsQuery { before: None, limit: Some(limit) };
        match &self.0 {
            Access::Local(operations) => operations.all_scheduled(&query).await,
            Access::Remote(remote) => remote.get("v1/scheduled", Some(&query)).await,
        }
    }

    /// Cancels a scheduled message that is not sent yet.
    ///
    /// # Errors
    ///
    /// If the message is sent, if there is none, or if the store or the server fails.
    pub async fn cancel_scheduled(&self, id: i64) -> Result<ScheduledStateView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.cancel_scheduled(id).await,
            Access::Remote(remote) => remote.post(&format!("v1/scheduled/{id}/cancel"), &()).await,
        }
    }
}
