//! Subscriptions to events.

use serde::{Deserialize, Serialize};
use waxwing::store::{Subscription, Timestamp};

/// A subscription to events with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionView {
    /// Name.
    pub name: String,
    /// Types of events.
    pub events: Vec<String>,
    /// Time since which it is disabled, in milliseconds since the Unix epoch. `None` if it is enabled.
    pub disabled_since: Option<i64>,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// Time of the first failure since the last delivery, in milliseconds since the Unix epoch.
    pub failing_since: Option<i64>,
}

impl From<Subscription> for SubscriptionView {
    fn from(subscription: Subscription) -> Self {
        let (since, disabled_reason) = subscription.disabled.unzip();
        Self {
            name: subscription.name,
            events: subscription.types.iter().map(ToString::to_string).collect(),
            disabled_since: since.map(Timestamp::as_millis),
            disabled_reason,
            failing_since: subscription.failing_since.map(Timestamp::as_millis),
        }
    }
}
