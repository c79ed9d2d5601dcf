//! Removal of old data.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::Error;

const DAY: Duration = Duration::from_hours(24);

/// Removes old data.
#[async_trait]
pub trait RetentionStore: Send + Sync + fmt::Debug {
    /// Examines up to `limit` rows and removes those that are older than `retention` allows. Continues where the previous call ended.
    ///
    /// Data that waits, is in progress, or belongs to an unfinished run is kept regardless of its age. A status whose message was removed
    /// counts as a status of an unknown message.
    ///
    /// The step runs after all other work of the store.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`]: the step removed nothing, and the next call repeats it.
    async fn apply_retention(&self, retention: &Retention, limit: usize) -> Result<RetentionStats, Error>;
}

/// Retention periods. `None` keeps data without limit.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::Retention;
///
/// let retention = Retention { sessions: None, inbox: Some(Duration::from_hours(7 * 24)), ..Retention::default() };
/// assert_eq!(retention.outbox, Some(Duration::from_hours(30 * 24)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Inbox messages, after their outcome was recorded. Default: 30 days.
    pub inbox: Option<Duration>,
    /// Outbox rows with their attempts, media and statuses, after their last change; campaigns that are over, with their recipients; statuses of unknown messages, after they arrived.
    /// Default: 30 days.
    pub outbox: Option<Duration>,
    /// Entries of conversation logs, after they were written; sessions, after the last write. The memory of an agent is removed after its last
    /// session in the conversation. Default: 180 days.
    pub sessions: Option<Duration>,
    /// Media of received messages, after the messages arrived, but at most as long as their entries. Default: 7 days, as long as Meta keeps
    /// media.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    pub media: Option<Duration>,
    /// Quarantined items, after they arrived. Default: 30 days.
    pub quarantine: Option<Duration>,
    /// Hashes for the deduplication of webhooks, after they were stored. Shorter periods are raised to
    /// [`MIN_DEDUPLICATION`](Self::MIN_DEDUPLICATION). Default: 9 days.
    pub deduplication: Option<Duration>,
    /// Counts of messages and costs of models, after their day. Default: 730 days.
    pub usage: Option<Duration>,
}

impl Retention {
    /// Minimum period for which duplicates are recognized: 8 days. Meta repeats a webhook for up to 7 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
    pub const MIN_DEDUPLICATION: Duration = Duration::from_hours(8 * 24);

    /// Time for which Meta keeps an uploaded medium: 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    pub const MAX_UPLOADS: Duration = Duration::from_hours(30 * 24);

    /// Returns the time for which Meta's ids of uploaded media are kept: as long as outbox rows, at most [`MAX_UPLOADS`](Self::MAX_UPLOADS).
    pub fn keeps_uploads_for(&self) -> Option<Duration> {
        Some(self.outbox.map_or(Self::MAX_UPLOADS, |period| period.min(Self::MAX_UPLOADS)))
    }

    /// Returns the time for which media of received messages are kept: [`media`](Self::media), at most as long as entries.
    pub fn keeps_media_for(&self) -> Option<Duration> {
        [self.media, self.sessions].into_iter().flatten().min()
    }

    /// Returns the time for which duplicates are recognized: [`deduplication`](Self::deduplication), at least
    /// [`MIN_DEDUPLICATION`](Self::MIN_DEDUPLICATION); `None` without limit.
    pub fn recognizes_duplicates_for(&self) -> Option<Duration> {
        self.deduplication.map(|period| period.max(Self::MIN_DEDUPLICATION))
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            inbox: Some(30 * DAY),
            outbox: Some(30 * DAY),
            sessions: Some(180 * DAY),
            media: Some(7 * DAY),
            quarantine: Some(30 * DAY),
            deduplication: Some(9 * DAY),
            usage: Some(730 * DAY),
        }
    }
}

/// Numbers of rows that one step removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionStats {
    /// Inbox messages.
    pub inbox: usize,
    /// Outbox rows.
    pub outbox: usize,
    /// Statuses.
    pub statuses: usize,
    /// Entries of conversation logs.
    pub entries: usize,
    /// Sessions.
    pub sessions: usize,
    /// Memories of agents.
    pub memories: usize,
    /// References to media of received messages.
    pub media: usize,
    /// Quarantined items.
    pub quarantine: usize,
    /// Meta's ids of uploaded media.
    pub uploads: usize,
    /// Campaigns.
    pub campaigns: usize,
    /// Recipients of campaigns.
    pub recipients: usize,
    /// Hashes for deduplication.
    pub deduplication: usize,
    /// Counts of messages and costs of models.
    pub usage: usize,
    /// Events for other systems.
    pub events: usize,
    /// Whether the step reached the end of the data. The next step starts from the beginning.
    pub is_complete: bool,
}

impl std::ops::AddAssign for RetentionStats {
    fn add_assign(&mut self, other: Self) {
        self.inbox += other.inbox;
        self.outbox += other.outbox;
        self.statuses += other.statuses;
        self.entries += other.entries;
        self.sessions += other.sessions;
        self.memories += other.memories;
        self.media += other.media;
        self.quarantine += other.quarantine;
        self.uploads += other.uploads;
        self.campaigns += other.campaigns;
        self.recipients += other.recipients;
        self.deduplication += other.deduplication;
        self.usage += other.usage;
        self.events += other.events;
        self.is_complete |= other.is_complete;
    }
}
