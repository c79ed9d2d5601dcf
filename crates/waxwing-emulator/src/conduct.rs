//! How the emulated Meta behaves: what can be changed while it runs.

use std::time::Duration;

use serde::Deserialize;

use crate::span;

/// How the emulated Meta behaves. Each value can be set before the start with the [`Builder`](crate::Builder) and later with
/// [`Emulator::conduct`](crate::Emulator::conduct).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Conduct {
    /// How long messages of the business take.
    pub status_delays: StatusDelays,
    /// How webhooks are repeated.
    pub redelivery: Redelivery,
    /// How updates are gathered into one webhook; not at all by default.
    pub batching: Option<Batching>,
    /// Whether Meta's contact book remembers the numbers of people who adopt a username; on by default, as at Meta.
    /// cloud-api 1.3.
    pub contact_book: bool,
    /// Whether statuses bear `conversation`; on by default. It may be missing from webhook version v24 on. cloud-api 3.4.
    pub conversations: bool,
    /// The share of JSON objects, from 0 to 1, that bear a key that nobody knows: in webhooks and in answers of the Graph API.
    pub future: f64,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            status_delays: StatusDelays::default(),
            redelivery: Redelivery::default(),
            batching: None,
            contact_book: true,
            conversations: true,
            future: 0.0,
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
#[serde(from = "RedeliveryForm")]
pub struct Redelivery {
    /// Whether the first repetition comes without a pause.
    pub at_once: bool,
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// The age at which a webhook is given up, by the emulator's clock.
    pub give_up_after: Duration,
    /// The number of attempts after which a webhook is given up.
    pub attempts: u32,
}

impl Redelivery {
    /// What Meta does, as far as it says: again at once, then at growing intervals, for seven days. The intervals themselves are
    /// not documented; here they double from 30 seconds to 12 hours. For a clock that is wound forward. cloud-api 2.5.
    pub fn meta() -> Self {
        Self { at_once: true, first: Duration::from_secs(30), longest: Duration::from_hours(12), ..Self::default() }
    }
}

impl Default for Redelivery {
    /// 50 ms, doubling up to 2 s, for seven days or 1,000 attempts.
    fn default() -> Self {
        Self {
            at_once: false,
            first: Duration::from_millis(50),
            longest: Duration::from_secs(2),
            give_up_after: Duration::from_hours(7 * 24),
            attempts: 1_000,
        }
    }
}

/// How updates are gathered into one webhook. cloud-api 2.4: up to 1,000 updates, never guaranteed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Batching {
    /// Updates at which a webhook is posted at once; 1 to 1,000.
    pub most: usize,
    /// How long the first update waits for others, by the emulator's clock.
    #[serde(deserialize_with = "span::read")]
    pub wait: Duration,
    /// How they lie in the webhook.
    pub layout: Layout,
}

impl Default for Batching {
    /// Up to 10 updates within 20 ms, in all layouts by turns.
    fn default() -> Self {
        Self { most: 10, wait: Duration::from_millis(20), layout: Layout::Mixed }
    }
}

/// How several updates lie in one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
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
struct RedeliveryForm {
    schedule: Schedule,
    at_once: Option<bool>,
    #[serde(deserialize_with = "span::read_option")]
    first: Option<Duration>,
    #[serde(deserialize_with = "span::read_option")]
    longest: Option<Duration>,
    #[serde(deserialize_with = "span::read_option")]
    give_up_after: Option<Duration>,
    attempts: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Schedule {
    #[default]
    Quick,
    Meta,
}

impl From<RedeliveryForm> for Redelivery {
    fn from(form: RedeliveryForm) -> Self {
        let base = match form.schedule {
            Schedule::Quick => Self::default(),
            Schedule::Meta => Self::meta(),
        };
        Self {
            at_once: form.at_once.unwrap_or(base.at_once),
            first: form.first.unwrap_or(base.first),
            longest: form.longest.unwrap_or(base.longest),
            give_up_after: form.give_up_after.unwrap_or(base.give_up_after),
            attempts: form.attempts.unwrap_or(base.attempts),
        }
    }
}

/// What a scenario or the control API changes of the [`Conduct`]; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConductChange {
    /// See [`Conduct`].
    pub status_delays: Option<StatusDelays>,
    /// See [`Conduct`].
    pub redelivery: Option<Redelivery>,
    /// See [`Conduct`]; `most = 1` lets each update travel alone.
    pub batching: Option<Batching>,
    /// See [`Conduct`].
    pub contact_book: Option<bool>,
    /// See [`Conduct`].
    pub conversations: Option<bool>,
    /// See [`Conduct`].
    pub future: Option<f64>,
}

impl ConductChange {
    pub(crate) fn apply(&self, conduct: &mut Conduct) {
        fn set<T: Clone>(value: &mut T, change: Option<&T>) {
            if let Some(change) = change {
                value.clone_from(change);
            }
        }
        set(&mut conduct.status_delays, self.status_delays.as_ref());
        set(&mut conduct.redelivery, self.redelivery.as_ref());
        set(&mut conduct.contact_book, self.contact_book.as_ref());
        set(&mut conduct.conversations, self.conversations.as_ref());
        set(&mut conduct.future, self.future.as_ref());
        if let Some(batching) = self.batching {
            // One update each is the usual way.
            conduct.batching = (batching.most > 1).then_some(batching);
        }
    }
}
