//! Stops of all agents: the pause, the cost of the day.

use async_trait::async_trait;

use super::SqliteStore;
use super::tables::{cost, meta};
use super::tx::Tx;
use super::writer::Priority;
use crate::{AgentControlStore, Error, Timestamp};

/// Key of the time since which agents are paused, in milliseconds.
const PAUSED_SINCE: &str = "agents_paused_since";

#[async_trait]
impl AgentControlStore for SqliteStore {
    async fn set_agents_paused(&self, is_paused: bool) -> Result<(), Error> {
        let change = move |tx: &Tx<'_>| {
            if is_paused {
                meta::insert(tx.conn, PAUSED_SINCE, &tx.now.as_millis().to_string())
            } else {
                meta::delete(tx.conn, PAUSED_SINCE)
            }
        };
        self.writer.run(Priority::Write, change).await
    }

    async fn agents_paused_since(&self) -> Result<Option<Timestamp>, Error> {
        let since = self.reader.run(|conn| meta::get(conn, PAUSED_SINCE)).await?;
        Ok(since.map(|millis| Timestamp::from_millis(millis.parse().unwrap_or_default())))
    }

    async fn cost_today(&self) -> Result<f64, Error> {
        let now = self.clock.now();
        self.reader.run(move |conn| cost::total(conn, now)).await
    }
}
