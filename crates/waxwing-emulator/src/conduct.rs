//! How the emulated Meta behaves: what can be changed while it runs.

use std::time::Duration;

use serde::Deserialize;

use crate::span;

/// How the emulated Meta behaves. Each value can be set before the start with the [`EmulatorBuilder`](crate::EmulatorBuilder) and later with
/// [`Emulator::conduct`](crate::Emulator::behavior).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Behavior {
    /// How long messages of the business take.
    pub status_delays: StatusDelays,
    /// How webhooks are repeated.
    pub redelivery: RedeliveryPolicy,
    /// How updates are gathered into one webhook; not at all by default.
    pub batching: Option<Batching>,
    /// Whether Meta's contact book remembers the numbers of people who adopt a username; on by default, as at Meta.
    /// cloud-api 1.3.
    pub contact_book: bool,
    /// Whether statuses bear `conversation`; on by default. It may be missing from webhook version v24 on. cloud-api 3.4.
    pub conversations: bool,
    /// The share of JSON objects, from 0 to 1, that bear a key that nobody knows: in webhooks and in answers of the Graph API.
    pub unknown_fields: f64,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            status_delays: StatusDelays::default(),
            redelivery: RedeliveryPolicy::default(),
            batching: None,
            contact_book: true,
            conversations: true,
            unknown_fields: 0.0,
        }
    }
}

/// How long a message of the business takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusDelays {
    /// From the answer to `sent`.
    #[serde(deserialize_with = "span::read")]
    pub sent: Duration,
    /// From `sent` to `delivered`.
    #[serde(deserialize_with = "span::read")]
    pub delivered: Duration,
    /// From `delivered` to `read`; without one, the user decides.
    #[serde(deserialize_with = "span::read_option")]
    pub read: Option<Duration>,
    /// Of voice notes, from `read` (or `delivered`) to `played`; without one, the user decides.
    #[serde(deserialize_with = "span::read_option")]
    pub played: Option<Duration>,
}

impl Default for StatusDelays {
    /// A few milliseconds each; nothing is read by itself.
    fn default() -> Self {
        Self { sent: Duration::from_millis(2), delivered: Duration::from_millis(3), read: None, played: None }
    }
}

/// How a webhook is repeated that was not answered with 200. The pause doubles each time.
///
/// Meta repeats at growing intervals for up to seven days:
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "RedeliveryPolicyForm")]
pub struct RedeliveryPolicy {
    /// Whether the first repetition comes without a pause.
    pub immediate_first_retry: bool,
    /// The first pause.
    pub initial_backoff: Duration,
    /// The max_backoff pause.
    pub max_backoff: Duration,
    /// The age at which a webhook is given up, by the emulator's clock.
    pub max_age: Duration,
    /// The number of attempts after which a webhook is given up.
    pub max_attempts: u32,
}

impl RedeliveryPolicy {
    /// What Meta does, as far as it says: again at once, then at growing intervals, for seven days. The intervals themselves are
    /// not documented; here they double from 30 seconds to 12 hours. For a clock that is wound forward. cloud-api 2.5.
    pub fn meta() -> Self {
        Self {
            immediate_first_retry: true,
            initial_backoff: Duration::from_secs(30),
            max_backoff: Duration::from_hours(12),
            ..Self::default()
        }
    }
}

impl Default for RedeliveryPolicy {
    /// 50 ms, doubling up to 2 s, for seven days or 1,000 attempts.
    fn default() -> Self {
        Self {
            immediate_first_retry: false,
            initial_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(2),
            max_age: Duration::from_hours(7 * 24),
            max_attempts: 1_000,
        }
    }
}

/// How updates are gathered into one webhook. cloud-api 2.4: up to 1,000 updates, never guaranteed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Batching {
    /// UpdateFilter at which a webhook is posted at once; 1 to 1,000.
    pub max_updates: usize,
    /// How long the first update waits for others, by the emulator's clock.
    #[serde(deserialize_with = "span::read")]
    pub max_wait: Duration,
    /// How they lie in the webhook.
    pub layout: BatchLayout,
}

impl Default for Batching {
    /// Up to 10 updates within 20 ms, in all layouts by turns.
    fn default() -> Self {
        Self { max_updates: 10, max_wait: Duration::from_millis(20), layout: BatchLayout::Mixed }
    }
}

/// How several updates lie in one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BatchLayout {
    /// All that goes together in one `value`.
    Value,
    /// Each in a `changes[]` of its own.
    Changes,
    /// Each in an `entry[]` of its own.
    Entries,
    /// One of the three for each pair of neighbours, drawn from the seed.
    Mixed,
}

/// A redelivery as it is written: a schedule to start from, and what differs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RedeliveryPolicyForm {
    schedule: Schedule,
    immediate_first_retry: Option<bool>,
    #[serde(deserialize_with = "span::read_option")]
    initial_backoff: Option<Duration>,
    #[serde(deserialize_with = "span::read_option")]
    max_backoff: Option<Duration>,
    #[serde(deserialize_with = "span::read_option")]
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
            Schedule::Quick => Self::default(),
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

/// What a scenario or the control API changes of the [`Behavior`]; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BehaviorChange {
    /// See [`Behavior`].
    pub status_delays: Option<StatusDelays>,
    /// See [`Behavior`].
    pub redelivery: Option<RedeliveryPolicy>,
    /// See [`Behavior`]; `max_updates = 1` lets each update travel alone.
    pub batching: Option<Batching>,
    /// See [`Behavior`].
    pub contact_book: Option<bool>,
    /// See [`Behavior`].
    pub conversations: Option<bool>,
    /// See [`Behavior`].
    pub unknown_fields: Option<f64>,
}

impl BehaviorChange {
    pub(crate) fn apply(&self, behavior: &mut Behavior) {
        fn set<T: Clone>(value: &mut T, change: Option<&T>) {
            if let Some(change) = change {
                value.clone_from(change);
            }
        }
        set(&mut behavior.status_delays, self.status_delays.as_ref());
        set(&mut behavior.redelivery, self.redelivery.as_ref());
        set(&mut behavior.contact_book, self.contact_book.as_ref());
        set(&mut behavior.conversations, self.conversations.as_ref());
        set(&mut behavior.unknown_fields, self.unknown_fields.as_ref());
        if let Some(batching) = self.batching {
            // One update each is the usual way.
            behavior.batching = (batching.max_updates > 1).then_some(batching);
        }
    }
}
