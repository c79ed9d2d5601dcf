//! Behavior of the emulated platform that can change while the emulator runs.

mod change;
mod redelivery;
mod template_approval;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;

pub use change::BehaviorChange;
pub use redelivery::RedeliveryPolicy;
pub use template_approval::{InvalidTemplateApproval, TemplateApproval};

/// Behavior of the emulated platform.
///
/// [`EmulatorBuilder::behavior`](crate::EmulatorBuilder::behavior) sets the initial behavior;
/// [`Emulator::change_behavior`](crate::Emulator::change_behavior) changes it later.
///
/// ```
/// use waxwing_emulator::{Behavior, Emulator};
///
/// let mut behavior = Behavior::default();
/// behavior.unknown_fields = 0.2;
/// let builder = Emulator::builder().behavior(behavior);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Behavior {
    /// Delays between the statuses of a message of the business.
    pub status_delays: StatusDelays,
    /// Redelivery of webhooks that were not acknowledged.
    pub redelivery: RedeliveryPolicy,
    /// Batching of updates into one webhook. `None`, the default, posts each update in a webhook of its own.
    pub batching: Option<Batching>,
    /// Whether Meta's contact book keeps the phone numbers of users who adopt a username. Default: true.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
    pub contact_book: bool,
    /// Whether statuses contain `conversation`, which Meta may omit from webhook version v24 on. Default: true.
    pub conversations: bool,
    /// Share of JSON objects, from 0 to 1, that get an unknown field, in webhooks and in responses of the Graph API. Default: 0.
    pub unknown_fields: f64,
    /// Automatic approval of message templates. Default: never.
    pub template_approval: TemplateApproval,
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
            template_approval: TemplateApproval::Never,
        }
    }
}

/// Delays between the statuses of a message of the business, by the emulator's clock.
///
/// ```
/// use std::time::Duration;
/// use waxwing_emulator::{Emulator, StatusDelays};
///
/// let delays = StatusDelays::default().with_sent(Duration::from_millis(200)).with_read(Some(Duration::from_secs(2)));
/// let builder = Emulator::builder().status_delays(delays);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StatusDelays {
    /// Delay from the response to `sent`. Default: 2 ms.
    #[serde(with = "duration_text")]
    pub sent: Duration,
    /// Delay from `sent` to `delivered`. Default: 3 ms.
    #[serde(with = "duration_text")]
    pub delivered: Duration,
    /// Delay from `delivered` to `read`. `None`, the default, leaves reading to the user.
    #[serde(with = "duration_text")]
    pub read: Option<Duration>,
    /// Delay from `read` (or `delivered`) to `played`, for voice notes. `None`, the default, leaves playing to the user.
    #[serde(with = "duration_text")]
    pub played: Option<Duration>,
}

impl Default for StatusDelays {
    fn default() -> Self {
        Self { sent: Duration::from_millis(2), delivered: Duration::from_millis(3), read: None, played: None }
    }
}

impl StatusDelays {
    /// Sets [`sent`](Self::sent).
    pub const fn with_sent(self, sent: Duration) -> Self {
        Self { sent, ..self }
    }

    /// Sets [`delivered`](Self::delivered).
    pub const fn with_delivered(self, delivered: Duration) -> Self {
        Self { delivered, ..self }
    }

    /// Sets [`read`](Self::read).
    pub const fn with_read(self, read: Option<Duration>) -> Self {
        Self { read, ..self }
    }

    /// Sets [`played`](Self::played).
    pub const fn with_played(self, played: Option<Duration>) -> Self {
        Self { played, ..self }
    }
}

/// Batching of updates into one webhook.
///
/// Meta sends up to 1,000 updates in one webhook, without any guarantee.
///
/// ```
/// use waxwing_emulator::{BatchLayout, Batching, Emulator};
///
/// let batching = Batching::default().with_max_updates(5).with_layout(BatchLayout::Entries);
/// let builder = Emulator::builder().batching(batching);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Batching {
    /// Number of updates that closes a batch, from 1 to 1,000. Default: 10.
    pub max_updates: usize,
    /// Time after the first update that closes a batch, by the emulator's clock. Default: 20 ms.
    #[serde(with = "duration_text")]
    pub max_wait: Duration,
    /// Placement of the updates in the webhook. Default: [`BatchLayout::Mixed`].
    pub layout: BatchLayout,
}

impl Default for Batching {
    fn default() -> Self {
        Self { max_updates: 10, max_wait: Duration::from_millis(20), layout: BatchLayout::Mixed }
    }
}

impl Batching {
    /// Sets [`max_updates`](Self::max_updates).
    pub const fn with_max_updates(self, max_updates: usize) -> Self {
        Self { max_updates, ..self }
    }

    /// Sets [`max_wait`](Self::max_wait).
    pub const fn with_max_wait(self, max_wait: Duration) -> Self {
        Self { max_wait, ..self }
    }

    /// Sets [`layout`](Self::layout).
    pub const fn with_layout(self, layout: BatchLayout) -> Self {
        Self { layout, ..self }
    }
}

/// Placement of several updates in one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BatchLayout {
    /// One `value` for all updates that can share it.
    Value,
    /// One `changes[]` item per update.
    Changes,
    /// One `entry[]` item per update.
    Entries,
    /// One of the other layouts for each update, drawn from the seed.
    Mixed,
}
