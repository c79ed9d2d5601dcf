//! Actions on campaigns, also on those of one message.

use waxwing::store::{CampaignId, CampaignKind, CampaignRecord, RecipientQuery, RecipientState, Timestamp};

use crate::campaign_request::{
    CampaignRequest, CampaignsQuery, RecipientsQuery, RecipientsRequest, StartRequest, parse_time,
};
use crate::error::AdminError;
use crate::message_request::MessageRequest;
use crate::operations::Operations;
use crate::page::page_size;
use crate::views::campaign::{AddedView, CampaignView, RecipientView, ScheduledStateView, ScheduledView};

/// A change of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CampaignAction {
    Pause,
    Resume,
    Cancel,
}

impl CampaignAction {
    /// Returns the last part of the path of the endpoint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

impl Operations {
    pub(crate) async fn create_campaign(&self, request: CampaignRequest) -> Result<CampaignView, AdminError> {
        let id = self.operator().create_campaign(request.campaign()?).await?;
        self.campaign(id.0).await
    }

    pub(crate) async fn add_recipients(&self, id: i64, request: RecipientsRequest) -> Result<AddedView, AdminError> {
        self.list(id).await?;
        Ok(self.operator().add_recipients(CampaignId(id), request.recipients()?).await?.into())
    }

    pub(crate) async fn start_campaign(&self, id: i64, request: &StartRequest) -> Result<CampaignView, AdminError> {
        self.list(id).await?;
        let now = Timestamp::from(std::time::SystemTime::now());
        self.operator().start_campaign(CampaignId(id), request.after(now)?).await?;
        self.campaign(id).await
    }

    pub(crate) async fn change_campaign(&self, id: i64, action: CampaignAction) -> Result<CampaignView, AdminError> {
        self.list(id).await?;
        let (operator, id) = (self.operator(), CampaignId(id));
        match action {
            CampaignAction::Pause => operator.pause_campaign(id).await?,
            CampaignAction::Resume => operator.resume_campaign(id).await?,
            CampaignAction::Cancel => operator.cancel_campaign(id).await?,
        }
        self.campaign(id.0).await
    }

    pub(crate) async fn campaigns(&self, query: &CampaignsQuery) -> Result<Vec<CampaignView>, AdminError> {
        let before = query.before.map(CampaignId);
        let limit = page_size(query.limit)?;
        let found = self.operator().campaigns().campaigns(CampaignKind::Campaign, before, limit).await?;
        Ok(found.into_iter().map(CampaignView::from).collect())
    }

    pub(crate) async fn campaign(&self, id: i64) -> Result<CampaignView, AdminError> {
        Ok(self.list(id).await?.into())
    }

    pub(crate) async fn recipients(&self, id: i64, query: &RecipientsQuery) -> Result<Vec<RecipientView>, AdminError> {
        self.list(id).await?;
        let state = query.state.as_deref().map(parse_state).transpose()?;
        let query = RecipientQuery { state, after: query.after.unwrap_or(0), limit: page_size(query.limit)? };
        let found = self.operator().campaigns().campaign_recipients(CampaignId(id), query).await?;
        Ok(found.into_iter().map(RecipientView::from).collect())
    }

    /// Schedules a message for its time.
    pub(crate) async fn schedule(
        &self,
        request: MessageRequest,
        at: &str,
        key: Option<String>,
    ) -> Result<ScheduledView, AdminError> {
        let at = parse_time(at, "`send_at`")?;
        Ok(self.operator().schedule(request.message(key, None)?, at).await?.into())
    }

    pub(crate) async fn scheduled(&self, id: i64) -> Result<ScheduledStateView, AdminError> {
        let record = self.single(id).await?;
        let recipient = self.operator().campaigns().first_recipients(&[record.id]).await?.pop().flatten();
        Ok(ScheduledStateView::new(&record, recipient))
    }

    pub(crate) async fn cancel_scheduled(&self, id: i64) -> Result<ScheduledStateView, AdminError> {
        self.single(id).await?;
        self.operator().cancel_campaign(CampaignId(id)).await?;
        self.scheduled(id).await
    }

    pub(crate) async fn all_scheduled(&self, query: &CampaignsQuery) -> Result<Vec<ScheduledStateView>, AdminError> {
        let (before, limit) = (query.before.map(CampaignId), page_size(query.limit)?);
        let mut found = Vec::new();
        for kind in [CampaignKind::Scheduled, CampaignKind::Reminder] {
            found.extend(self.operator().campaigns().campaigns(kind, before, limit).await?);
        }
        found.sort_by_key(|record| std::cmp::Reverse(record.id));
        found.truncate(limit);
        let ids: Vec<_> = found.iter().map(|record| record.id).collect();
        let recipients = self.operator().campaigns().first_recipients(&ids).await?;
        Ok(found.iter().zip(recipients).map(|(record, recipient)| ScheduledStateView::new(record, recipient)).collect())
    }

    /// Returns a campaign with a list of recipients.
    async fn list(&self, id: i64) -> Result<CampaignRecord, AdminError> {
        let record = self.operator().campaigns().campaign(CampaignId(id)).await?;
        if record.kind == CampaignKind::Campaign { Ok(record) } else { Err(waxwing::store::Error::NotFound.into()) }
    }

    /// Returns a scheduled message.
    async fn single(&self, id: i64) -> Result<CampaignRecord, AdminError> {
        let record = self.operator().campaigns().campaign(CampaignId(id)).await?;
        if record.kind == CampaignKind::Campaign { Err(waxwing::store::Error::NotFound.into()) } else { Ok(record) }
    }
}

fn parse_state(name: &str) -> Result<RecipientState, AdminError> {
    RecipientState::parse(name).ok_or_else(|| {
        let known: Vec<_> = RecipientState::ALL.iter().map(|state| state.as_str()).collect();
        AdminError::Request(format!("there is no state {name:?}; choose {}", known.join(", ")))
    })
}
