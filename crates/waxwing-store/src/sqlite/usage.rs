//! Reports of usage.

use async_trait::async_trait;

use super::SqliteStore;
use super::tables::{message_count, model_cost, status};
use crate::{ConversationId, Error, MessageCharge, MessageCount, ModelCost, UsageQuery, UsageStore};

#[async_trait]
impl UsageStore for SqliteStore {
    async fn message_counts(&self, query: UsageQuery, limit: usize) -> Result<Vec<MessageCount>, Error> {
        self.reader.run(move |conn| message_count::sums(conn, query, limit)).await
    }

    async fn model_costs(&self, query: UsageQuery, limit: usize) -> Result<Vec<ModelCost>, Error> {
        self.reader.run(move |conn| model_cost::sums(conn, query, limit)).await
    }

    async fn last_charge(&self, conversation: ConversationId) -> Result<Option<MessageCharge>, Error> {
        self.reader.run(move |conn| status::last_charge(conn, conversation)).await
    }
}
