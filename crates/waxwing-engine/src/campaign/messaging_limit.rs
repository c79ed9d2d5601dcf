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

/// Age from which the users are counted again.
const COUNT_FRESH: Duration = Duration::from_secs(10);

/// The limits of the numbers, as far as Meta stated them, with the part that is used.
#[derive(Debug, Default)]
pub(super) struct MessagingLimits {
    limits: HashMap<PhoneNumberId, (Option<u32>, Instant)>,
    used: Option<UsedLimit>,
}

/// Users to whom campaigns wrote first within the period.
#[derive(Debug, Clone, Copy)]
struct UsedLimit {
    /// Their number at the last count, with the messages that were queued since.
    count: u32,
    counted_at: Instant,
}

impl MessagingLimits {
    /// Returns the number of users to whom campaigns of a number may still write first. `None` without a known limit.
    pub(super) async fn room(&mut self, shared: &Shared, route: &Route) -> Result<Option<u32>, waxwing_store::Error> {
        let Some(limit) = self.limit(route).await else { return Ok(None) };
        let known = self.used.filter(|used| used.counted_at.elapsed() < COUNT_FRESH).map(|used| used.count);
        // A queued message need not be one to another user, so that only a new count shows that the limit is reached.
        let used = match known.filter(|used| *used < limit) {
            Some(used) => used,
            None => self.count(shared).await?,
        };
        Ok(Some(limit.saturating_sub(used)))
    }

    /// Notes that a message of a campaign was queued.
    pub(super) fn note_queued(&mut self) {
        if let Some(used) = &mut self.used {
            used.count = used.count.saturating_add(1);
        }
    }

    async fn count(&mut self, shared: &Shared) -> Result<u32, waxwing_store::Error> {
        let counted_at = Instant::now();
        let count = shared.store.recipients_outside_window(PERIOD).await?;
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.used = Some(UsedLimit { count, counted_at });
        Ok(count)
    }

    async fn limit(&mut self, route: &Route) -> Option<u32> {
        if let Some((limit, at)) = self.limits.get(&route.number)
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
        self.limits.insert(route.number.clone(), (limit, Instant::now()));
        limit
    }
}
