//! How long what is over is kept.

use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// How long what is over is kept; none means for ever. What waits, is under way, or belongs to a run that has not ended is kept in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Messages that came in, since they got their outcome. Default: 30 days.
    pub inbox: Option<Duration>,
    /// Messages that went out, with their attempts, files and statuses, since they last changed; and statuses of messages that nobody knows.
    /// Default: 30 days.
    pub outbox: Option<Duration>,
    /// Sessions, since something was last written to them, and the entries of sessions that live, since they were written. The memory that an agent
    /// has of a conversation goes after its last session. Default: 180 days.
    pub sessions: Option<Duration>,
    /// Parts of webhooks that were set aside. Default: 30 days.
    pub quarantine: Option<Duration>,
    /// The hashes by which repeats are known. Never less than [`MIN_DEDUPLICATION`](Self::MIN_DEDUPLICATION). Default: 9 days.
    pub deduplication: Option<Duration>,
}

impl Retention {
    /// For so long a repeat is known, whatever is set: Meta repeats a webhook for up to 7 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
    pub const MIN_DEDUPLICATION: Duration = Duration::from_hours(8 * 24);
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            inbox: Some(30 * DAY),
            outbox: Some(30 * DAY),
            sessions: Some(180 * DAY),
            quarantine: Some(30 * DAY),
            deduplication: Some(9 * DAY),
        }
    }
}

/// What a step of the sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionStats {
    /// Messages that came in.
    pub inbox: usize,
    /// Messages that went out.
    pub outbox: usize,
    /// Statuses.
    pub statuses: usize,
    /// Entries of sessions.
    pub entries: usize,
    /// Sessions.
    pub sessions: usize,
    /// What agents kept across sessions.
    pub memories: usize,
    /// Parts that were set aside.
    pub quarantine: usize,
    /// Hashes of what was taken in.
    pub deduplication: usize,
    /// True if the sweep has come to its end, and begins anew with the next step.
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
        self.quarantine += other.quarantine;
        self.deduplication += other.deduplication;
        self.is_complete |= other.is_complete;
    }
}
