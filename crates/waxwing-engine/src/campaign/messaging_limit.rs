//! Meta's limit of the users to whom a business writes first.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use waxwing_types::PhoneNumberId;

use crate::shared::{Route, Shared};

/// Period of the limit.
///
/// <https://developers.facebook.com/docs/whatsapp/messaging-limits>
const PERIOD: Duration = Duration::from_hours(24);

/// Age from which a limit is asked for again.
const FRESH: Duration = Duration::from_mins(10);

/// Longest time for which a campaign waits for its limit.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The limits of the numbers, as far as Meta stated them.
#[derive(Debug, Default)]
pub(super) struct MessagingLimits(HashMap<PhoneNumberId, (Option<u32>, Instant)>);

impl MessagingLimits {
    /// Returns the number of users to whom campaigns of a number may still write first. `None` without a known limit.
    pub(super) async fn room(&mut self, shared: &Shared, route: &Route) -> Result<Option<u32>, waxwing_store::Error> {
        let Some(limit) = self.limit(route).await else { return Ok(None) };
        let used = shared.store.recipients_outside_window(PERIOD).await?;
        Ok(Some(limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))))
    }

    async fn limit(&mut self, route: &Route) -> Option<u32> {
        if let Some((limit, at)) = self.0.get(&route.number)
            && at.elapsed() < FRESH
        {
            return *limit;
        }
        let limit = match timeout(TIMEOUT, route.graph.messaging_limit()).await {
            Ok(Ok(limit)) => limit,
            Ok(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "messaging limit not known");
                None
            }
            Err(_) => None,
        };
        self.0.insert(route.number.clone(), (limit, Instant::now()));
        limit
    }
}
