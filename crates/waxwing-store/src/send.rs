//! Attempts to send outbox rows.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use waxwing_types::{Address, MediaId, MessageId, OutboundContent, PhoneNumberId};

use crate::Error;
use crate::ids::{OutboxId, RunId};
use crate::lease::{Claims, SendLease};
use crate::outbox::{MediaDigest, SendError, Upload};
use crate::redact;

/// Maximum number of parked messages in one conversation.
pub const MAX_PARKED: u32 = 20;

/// Time for which a message stays parked at most.
pub const PARKED_FOR: Duration = Duration::from_hours(7 * 24);

/// Hands out outbox rows to a sender and records the outcomes of attempts.
///
/// The rows of a conversation are handed out in queue order, one at a time. An attempt is stored before it is handed out, so that a crash
/// cannot hide a request.
#[async_trait]
pub trait OutboxStore: Send + Sync + fmt::Debug {
    /// Claims send queues of these business numbers that are due, up to `limits`, and starts an attempt for the first row of each.
    ///
    /// A queue is failing from a failed attempt until Meta accepts a message of the queue. `next_due_in` of the result leaves out a kind of
    /// queues whose limit is reached: more of them may be due now.
    ///
    /// A row whose attempt has no recorded outcome at the end of its lease becomes in doubt for `policy.in_doubt_window`. When the window
    /// closes, `policy.on_in_doubt` and the limits of `policy` decide between another attempt and a dead letter. The window stays open
    /// while no webhook arrives, because no status can arrive either, at most for `policy.in_doubt_max`.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn claim_sends(
        &self,
        numbers: &[PhoneNumberId],
        limits: SendLimits,
        policy: SendPolicy,
    ) -> Result<Claims<SendAttempt>, Error>;

    /// Returns the medium of an attempt with [`SendAttempt::upload_bytes`]. A claim does not read the medium, so that the caller decides when to
    /// take the memory for it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the row has no medium, for example because it was erased after the claim.
    async fn upload(&self, attempt: &SendAttempt) -> Result<Upload, Error>;

    /// Returns Meta's id of a medium with this digest that was uploaded for a number within `max_age`, unless a message with it failed.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn find_upload(
        &self,
        number: &PhoneNumberId,
        digest: &MediaDigest,
        max_age: Duration,
    ) -> Result<Option<MediaId>, Error>;

    /// Forgets Meta's id of a medium that Meta does not accept any more.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn forget_upload(&self, media: &MediaId) -> Result<(), Error>;

    /// Records Meta's id of an uploaded medium, so that later attempts, and other messages of the number with the same medium, do not upload
    /// it again.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if the outcome of the attempt is recorded, or another process has claimed the send queue.
    async fn record_upload(&self, attempt: &SendAttempt, media: &MediaId, digest: &MediaDigest) -> Result<(), Error>;

    /// Records the outcome of an attempt. If the send queue continues and its next row is due, claims that row and returns its attempt.
    ///
    /// A status that arrived first wins: a row that Meta accepted stays accepted, whatever the outcome is. An outcome can be recorded after
    /// the end of the lease, until another process claims the send queue.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] if an outcome is recorded already, or another process has claimed the send queue.
    async fn record_outcome(
        &self,
        attempt: &SendAttempt,
        outcome: SendOutcome,
        policy: SendPolicy,
    ) -> Result<Option<SendAttempt>, Error>;
}

/// Numbers of send queues that one call claims at most.
///
/// ```
/// use waxwing_store::SendLimits;
///
/// assert_eq!(SendLimits::each(4), SendLimits { healthy: 4, failing: 4, campaign: 4 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// Number of queues that are not failing, without those of campaigns.
    pub healthy: usize,
    /// Number of failing queues.
    pub failing: usize,
    /// Number of queues that are not failing and have messages of campaigns only.
    pub campaign: usize,
}

impl SendLimits {
    /// Creates the same limit for each kind of queues.
    pub const fn each(limit: usize) -> Self {
        Self { healthy: limit, failing: limit, campaign: limit }
    }
}

/// Limits of attempts. Passed with each claim, because the settings belong to the sender.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::{OnInDoubt, SendPolicy};
///
/// let policy = SendPolicy {
///     lease: Duration::from_mins(1),
///     in_doubt_window: Duration::from_secs(30),
///     in_doubt_max: Duration::from_mins(2),
///     on_in_doubt: OnInDoubt::SendAgain,
///     max_attempts: 12,
///     max_age: Duration::from_hours(24),
/// };
/// assert!(policy.in_doubt_window <= policy.in_doubt_max);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPolicy {
    /// Length of the lease for one attempt.
    pub lease: Duration,
    /// Time to wait for a status of an attempt in doubt while webhooks arrive.
    pub in_doubt_window: Duration,
    /// Longest time to wait for a status of an attempt in doubt while no webhook arrives.
    pub in_doubt_max: Duration,
    /// Handling of a row in doubt when no status arrived in time.
    pub on_in_doubt: OnInDoubt,
    /// Number of attempts since the row was queued after which a row in doubt becomes a dead letter.
    pub max_attempts: u32,
    /// Age since the row was queued after which a row in doubt becomes a dead letter.
    pub max_age: Duration,
}

/// Handling of a row in doubt when no status arrived in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInDoubt {
    /// The message is sent again. The user may receive it twice.
    #[default]
    SendAgain,
    /// The message becomes a dead letter. The user may never receive it.
    GiveUp,
}

/// A recorded attempt to send an outbox row, ready to be made. `Debug` output contains neither the recipient nor the content.
pub struct SendAttempt {
    /// Lease on the send queue.
    pub lease: SendLease,
    /// Key of the outbox row.
    pub id: OutboxId,
    /// Business number to send from.
    pub number: PhoneNumberId,
    /// Recipient.
    pub to: Address,
    /// Content, complete if `upload_bytes` is `None`.
    pub content: OutboundContent,
    /// The message that the content quotes.
    pub reply_to: Option<MessageId>,
    /// Token of the attempt, to be sent as `biz_opaque_callback_data`: `namespace.row.attempt`. The namespace is random and belongs to the
    /// database, so other parties cannot forge a token.
    pub token: String,
    /// Size in bytes of a medium to upload first; see [`OutboxStore::upload`].
    pub upload_bytes: Option<u64>,
    /// Number of the attempt, counted from 1 over the whole life of the row.
    pub attempt: u32,
    /// Number of counted attempts since the row was queued or requeued, including this one. Limits and backoff use this number.
    pub attempts_since_queued: u32,
    /// Age of the row since it was queued or requeued, at the time of the claim.
    pub age: Duration,
    /// Time for which the service window stays open, at the time of the claim; zero if it is closed. At most a minute too short.
    pub service_window: Duration,
    /// Origin of the message.
    pub source: SendSource,
    /// Whether the user wants no marketing messages, at the time of the claim.
    pub has_stopped_marketing: bool,
    /// Time since the first failed attempt after Meta last accepted a message of the send queue. `None` if the queue is not failing.
    pub failing_for: Option<Duration>,
}

/// Origin of a message to send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SendSource {
    /// The run that queued the message.
    pub run: RunId,
    /// Name of the agent of the turn, as in [`TurnCommit::agent`](crate::TurnCommit::agent). `None` for messages of operators and other systems.
    pub agent: Option<String>,
    /// Whether the queue has messages of campaigns only, so that the message waits for those of conversations.
    pub is_campaign: bool,
}

impl fmt::Debug for SendAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendAttempt")
            .field("lease", &self.lease)
            .field("id", &self.id)
            .field("number", &self.number)
            .field("kind", &self.content.kind())
            .field("reply_to", &redact::presence(self.reply_to.as_ref()))
            .field("upload_bytes", &self.upload_bytes)
            .field("attempt", &self.attempt)
            .field("attempts_since_queued", &self.attempts_since_queued)
            .field("age", &self.age)
            .field("service_window", &self.service_window)
            .field("has_stopped_marketing", &self.has_stopped_marketing)
            .field("source", &self.source)
            .field("failing_for", &self.failing_for)
            .finish_non_exhaustive()
    }
}

/// Outcome of an attempt.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::{SendError, SendOutcome};
///
/// let error = SendError { code: Some(131_056), message: "pair rate limit hit".into() };
/// let outcome = SendOutcome::Retry { after: Duration::from_secs(6), error };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Meta accepted the message under this id.
    Accepted(MessageId),
    /// Meta did not accept the message. The message is sent again.
    Retry {
        /// Delay before the next attempt.
        after: Duration,
        /// Reason.
        error: SendError,
    },
    /// Meta did not accept the message for a reason that is not in the message. The message is sent again, and the attempt does not count
    /// toward limits.
    RetryUncounted {
        /// Delay before the next attempt.
        after: Duration,
        /// Reason.
        error: SendError,
    },
    /// Meta refused the message itself. The row fails at once, with the queued parts that need it, and the send queue goes on.
    Refused {
        /// Reason.
        error: SendError,
        /// Whether the fallback of the row, if it has one, is sent next in its place. The parts that need the row stay queued then.
        use_fallback: bool,
    },
    /// The message is given up. Queued parts that need it become dead letters, too.
    DeadLetter {
        /// Reason.
        error: SendError,
        /// Whether the fallback of the row, if it has one, is sent next in its place.
        use_fallback: bool,
    },
    /// It is unknown whether Meta accepted the message. The row waits for a status until the in-doubt window closes.
    InDoubt(SendError),
    /// The service window is closed, and the message waits until the user writes. The row leaves the send queue and is
    /// [parked](crate::OutboxState::Parked). It fails instead if [`MAX_PARKED`] messages of the conversation are parked.
    Park {
        /// Reason.
        error: SendError,
        /// Message that is sent in its place, such as a template, if no other message of the conversation is parked.
        replacement: Option<OutboundContent>,
        /// Whether Meta refused a request. False if no request was made; the attempt is removed then.
        was_attempted: bool,
    },
    /// No request was made. The attempt is removed.
    NotAttempted {
        /// Delay before the next attempt.
        after: Duration,
    },
}

impl SendOutcome {
    /// Returns why the attempt failed. `None` if Meta accepted the message, or if no request was made.
    pub(crate) fn error(&self) -> Option<&SendError> {
        match self {
            Self::Accepted(_) | Self::NotAttempted { .. } | Self::Park { was_attempted: false, .. } => None,
            Self::Retry { error, .. }
            | Self::RetryUncounted { error, .. }
            | Self::Refused { error, .. }
            | Self::DeadLetter { error, .. }
            | Self::InDoubt(error)
            | Self::Park { error, .. } => Some(error),
        }
    }
}
