//! Calls about events.

use crate::client::{Access, AdminClient};
use crate::error::AdminError;
use crate::request::{RedeliveryRequest, SubscriptionKey};
use crate::views::subscription::SubscriptionView;

impl AdminClient {
    /// Lists the subscriptions to events with their state.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn subscriptions(&self) -> Result<Vec<SubscriptionView>, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.subscriptions().await,
            Access::Remote(remote) => remote.get("subscriptions", None::<&()>).await,
        }
    }

    /// Enables a subscription to events. It goes on where it ended, as far as the events are kept.
    ///
    /// # Errors
    ///
    /// If there is no such subscription, or if the store or the server fails.
    pub async fn enable_subscription(&self, name: &str) -> Result<(), AdminError> {
        let key = SubscriptionKey { name: name.to_owned() };
        match &self.0 {
            Access::Local(operations) => operations.enable_subscription(&key).await,
            Access::Remote(remote) => remote.submit("subscriptions/enable", &key).await,
        }
    }

    /// Delivers the kept events since a time (in milliseconds since the Unix epoch) again, to one subscription or to all. Returns the names of the
    /// subscriptions. Without a server, the next server delivers them.
    ///
    /// # Errors
    ///
    /// If there is no such subscription, or if the store or the server fails.
    pub async fn redeliver_events(&self, name: Option<String>, since: i64) -> Result<Vec<String>, AdminError> {
        let request = RedeliveryRequest { name, since };
        match &self.0 {
            Access::Local(operations) => operations.redeliver(&request).await,
            Access::Remote(remote) => remote.post("subscriptions/redeliver", &request).await,
        }
    }

    /// Follows the live events of a running server: calls `line` with the JSON of each event, until `line` returns false or the server ends.
    ///
    /// # Errors
    ///
    /// If no server uses the database, or if the server fails.
    pub async fn tail_events(&self, mut line: impl FnMut(&str) -> bool) -> Result<(), AdminError> {
        let Access::Remote(remote) = &self.0 else {
            let message = "no server uses the database; start the server, then repeat the command";
            return Err(AdminError::Request(message.to_owned()));
        };
        let mut response = remote.stream("events").await?;
        let mut rest = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            rest.extend_from_slice(&chunk);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let event: Vec<u8> = rest.drain(..=end).collect();
                if !line(String::from_utf8_lossy(&event).trim_end()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
