//! Redelivery of webhooks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;

/// Redelivery of webhooks that were not acknowledged with 200. The backoff doubles after each attempt.
///
/// Meta redelivers at growing intervals for up to seven days:
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
///
/// ```
/// use std::time::Duration;
/// use waxwing_emulator::{Emulator, RedeliveryPolicy};
///
/// let policy = RedeliveryPolicy::default().with_initial_backoff(Duration::from_millis(5)).with_max_attempts(3);
/// let builder = Emulator::builder().redelivery(policy);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RedeliveryPolicyForm")]
#[non_exhaustive]
pub struct RedeliveryPolicy {
    /// Whether the first redelivery follows at once. Default: false.
    pub immediate_first_retry: bool,
    /// First backoff, by the emulator's clock. Default: 50 ms.
    #[serde(serialize_with = "duration_text::serialize")]
    pub initial_backoff: Duration,
    /// Upper limit of the backoff, by the emulator's clock. Default: 2 s.
    #[serde(serialize_with = "duration_text::serialize")]
    pub max_backoff: Duration,
    /// Age at which a webhook is abandoned, by the emulator's clock. Default: seven days.
    #[serde(serialize_with = "duration_text::serialize")]
    pub max_age: Duration,
    /// Number of attempts after which a webhook is abandoned. Default: 1,000.
    pub max_attempts: u32,
}

impl RedeliveryPolicy {
    /// Returns a policy like Meta's: one redelivery at once, then a backoff that doubles from 30 seconds to 12 hours.
    ///
    /// Meta documents the total of seven days, but not the intervals. Use this policy with a clock that the test advances.
    pub const fn meta() -> Self {
        Self {
            immediate_first_retry: true,
            initial_backoff: Duration::from_secs(30),
            max_backoff: Duration::from_hours(12),
            ..Self::quick()
        }
    }

    const fn quick() -> Self {
        Self {
            immediate_first_retry: false,
            initial_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(2),
            max_age: Duration::from_hours(7 * 24),
            max_attempts: 1_000,
        }
    }

    /// Sets [`immediate_first_retry`](Self::immediate_first_retry).
    pub const fn with_immediate_first_retry(self, immediate_first_retry: bool) -> Self {
        Self { immediate_first_retry, ..self }
    }

    /// Sets [`initial_backoff`](Self::initial_backoff).
    pub const fn with_initial_backoff(self, initial_backoff: Duration) -> Self {
        Self { initial_backoff, ..self }
    }

    /// Sets [`max_backoff`](Self::max_backoff).
    pub const fn with_max_backoff(self, max_backoff: Duration) -> Self {
        Self { max_backoff, ..self }
    }

    /// Sets [`max_age`](Self::max_age).
    pub const fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// Sets [`max_attempts`](Self::max_attempts).
    pub const fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }
}

impl Default for RedeliveryPolicy {
    fn default() -> Self {
        Self::quick()
    }
}

/// Redelivery policy in scenarios: a schedule as the base, plus the values that differ from it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RedeliveryPolicyForm {
    schedule: Schedule,
    immediate_first_retry: Option<bool>,
    #[serde(deserialize_with = "duration_text::deserialize")]
    initial_backoff: Option<Duration>,
    #[serde(deserialize_with = "duration_text::deserialize")]
    max_backoff: Option<Duration>,
    #[serde(deserialize_with = "duration_text::deserialize")]
    max_age: Option<Duration>,
    max_attempts: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Schedule {
    #[default]
    Quick,
    Meta,
}

impl From<RedeliveryPolicyForm> for RedeliveryPolicy {
    fn from(form: RedeliveryPolicyForm) -> Self {
        let base = match form.schedule {
            Schedule::Quick => Self::quick(),
            Schedule::Meta => Self::meta(),
        };
        Self {
            immediate_first_retry: form.immediate_first_retry.unwrap_or(base.immediate_first_retry),
            initial_backoff: form.initial_backoff.unwrap_or(base.initial_backoff),
            max_backoff: form.max_backoff.unwrap_or(base.max_backoff),
            max_age: form.max_age.unwrap_or(base.max_age),
            max_attempts: form.max_attempts.unwrap_or(base.max_attempts),
        }
    }
}
