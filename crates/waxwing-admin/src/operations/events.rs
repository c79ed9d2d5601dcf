//! Actions on subscriptions to events.

use waxwing::engine::{EngineEvents, OperatorError};
use waxwing::store::Timestamp;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::request::{RedeliveryRequest, SubscriptionKey};
use crate::views::subscription::SubscriptionView;

impl Operations {
    pub(crate) fn live_events(&self) -> Result<EngineEvents, AdminError> {
        self.operator.live_events().ok_or_else(|| OperatorError::NoEngine.into())
    }

    pub(crate) async fn subscriptions(&self) -> Result<Vec<SubscriptionView>, AdminError> {
        Ok(self.operator.subscriptions().await?.into_iter().map(SubscriptionView::from).collect())
    }

    pub(crate) async fn enable_subscription(&self, key: &SubscriptionKey) -> Result<(), AdminError> {
        Ok(self.operator.enable_subscription(&key.name).await?)
    }

    pub(crate) async fn redeliver(&self, request: &RedeliveryRequest) -> Result<Vec<String>, AdminError> {
        let since = Timestamp::from_millis(request.since);
        Ok(self.operator.redeliver_events(request.name.as_deref(), since).await?)
    }
}
