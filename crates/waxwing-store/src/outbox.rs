//! Messages on their way out.
//!
//! The rows of one conversation go out strictly in order, one at a time: the head of the queue is claimed with an attempt that is on disk
//! before the request is made, and the next row is looked at only when the head is settled.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{Address, MediaId, MessageId, OutboundContent, PhoneNumberId};

use crate::{ConversationId, RunId, Timestamp};

/// The key of an outbox row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub i64);

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message to be placed in the outbox.
#[derive(Debug, Clone)]
pub struct Draft {
    /// To whom it goes.
    pub to: Address,
    /// What it says. With an `upload`, the source of the medium is an empty id, which [`OutboundContent::validate`] refuses, until it is uploaded.
    pub content: OutboundContent,
    /// The message that it quotes.
    pub reply_to: Option<MessageId>,
    /// The caller's own data for the statuses of this message.
    pub callback_data: Option<String>,
    /// A medium that Meta does not have yet.
    pub upload: Option<Upload>,
}

/// A medium that waits to be uploaded.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its MIME type.
    pub mime_type: String,
    /// Its file name.
    pub filename: String,
    /// The file.
    pub bytes: Bytes,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("mime_type", &self.mime_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The right to send the head of a conversation's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendLease {
    /// Whose queue.
    pub conversation: ConversationId,
    /// Which claim this is.
    pub epoch: i64,
    /// When it ends. A request must not be under way after that.
    pub until: Timestamp,
}

/// An attempt to send a message, recorded and about to be made.
#[derive(Debug)]
pub struct SendAttempt {
    /// The right to make it.
    pub lease: SendLease,
    /// The row.
    pub id: OutboxId,
    /// The business number that it is sent from.
    pub number: PhoneNumberId,
    /// The message; its `callback_data` is the attempt's token.
    pub to: Address,
    /// What it says. Complete if `upload` is none.
    pub content: OutboundContent,
    /// The message that it quotes.
    pub reply_to: Option<MessageId>,
    /// What goes out as `biz_opaque_callback_data`: `namespace.row.attempt`, where the namespace is random and belongs to the database, so that nobody else can name an attempt.
    pub token: String,
    /// The medium to upload first.
    pub upload: Option<Upload>,
    /// Which attempt this is, counted from 1 and over requeues: a part of its token.
    pub attempt: u32,
    /// Which attempt this is since the row was queued last, counted from 1: what limits and pauses go by.
    pub attempts_since_queued: u32,
    /// When the row was written, or requeued.
    pub queued_at: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Meta took it and gave it this id.
    Accepted(MessageId),
    /// Meta surely did not take it; it is tried again, not before `at`.
    Retry {
        /// Not before.
        at: Timestamp,
        /// Why it failed.
        error: SendError,
    },
    /// Meta surely did not take it, for a reason that does not lie with the message; it is tried again, not before `at`, and the attempt
    /// counts towards no limit.
    RetryUncounted {
        /// Not before.
        at: Timestamp,
        /// Why it failed.
        error: SendError,
    },
    /// Meta surely did not take it, and there is no point in trying again. Takes the parts of the same reply that still wait with it.
    DeadLetter(SendError),
    /// Whether Meta took it is unknown. Waits for a status until the doubt window closes.
    InDoubt(SendError),
    /// The request was not made: the attempt is taken back as if it had never been recorded; not before `at`.
    NotAttempted {
        /// Not before.
        at: Timestamp,
    },
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// Meta's error code, where it gave one.
    pub code: Option<i64>,
    /// What happened, in words without user data.
    pub message: String,
}

/// A message that will not arrive: given up, or taken by Meta and failed later.
#[derive(Debug, Clone)]
pub struct UndeliveredMessage {
    /// The row.
    pub id: OutboxId,
    /// What it says.
    pub content: OutboundContent,
    /// Why.
    pub error: SendError,
}

/// How many news of deliveries wait for a listener at most.
pub const DELIVERY_EVENT_CAPACITY: usize = 1024;

/// A stream of news; see [`Store::delivery_events`](crate::Store::delivery_events).
pub type DeliveryEvents = tokio::sync::broadcast::Receiver<DeliveryEvent>;

/// What happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEvent {
    /// The row.
    pub outbox: OutboxId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The business number.
    pub number: PhoneNumberId,
    /// Meta's id; none if Meta never took it.
    pub message_id: Option<MessageId>,
    /// The caller's own data.
    pub callback_data: Option<String>,
    /// What became of it: [`Accepted`](OutboxState::Accepted) or a state behind it.
    pub state: OutboxState,
    /// Why it failed or was given up.
    pub error: Option<SendError>,
    /// When: as Meta tells it, where Meta does.
    pub at: Timestamp,
}

/// Where a row of the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// It waits for its turn, or for a retry.
    Queued,
    /// A request is under way.
    Sending,
    /// Whether Meta took it is unknown.
    InDoubt,
    /// Meta took it.
    Accepted,
    /// It left for the user.
    Sent,
    /// It reached the user's device.
    Delivered,
    /// The user saw it.
    Read,
    /// The user listened to it.
    Played,
    /// Meta took it and later said that it will not arrive.
    Failed,
    /// It was given up.
    DeadLetter,
}

impl OutboxState {
    /// The state as a word, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::InDoubt => "in_doubt",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::DeadLetter => "dead_letter",
        }
    }

    /// All states, in the order of a message's life.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Sending,
        Self::InDoubt,
        Self::Accepted,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
        Self::DeadLetter,
    ];

    /// The state that a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A row of the outbox, as an operator sees it: no recipient and no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its key.
    pub id: OutboxId,
    /// Whose queue.
    pub conversation: ConversationId,
    /// The business number.
    pub number: PhoneNumberId,
    /// The run that wrote it.
    pub run: RunId,
    /// Meta's `type`.
    pub kind: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Attempts so far.
    pub attempts: u32,
    /// Meta's id, once it has one.
    pub message_id: Option<MessageId>,
    /// Meta's id of the uploaded medium, once it has one.
    pub media_id: Option<MediaId>,
    /// The last failure.
    pub error: Option<SendError>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// A row of the outbox with its whole way, as an operator sees it: no recipient, no participant of a group and no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// The row.
    pub row: OutboxRow,
    /// While it is queued: not to be sent before. While it is in doubt: when the doubt window closes.
    pub due: Option<Timestamp>,
    /// Every request that was made for it, or may have been, in order.
    pub attempts: Vec<AttemptRecord>,
    /// What was heard of them, in the order in which it was heard.
    pub deliveries: Vec<DeliveryRecord>,
}

/// A request that was made for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Which one, counted from 1 and over requeues.
    pub attempt: u32,
    /// When it was recorded, right before it was made.
    pub started_at: Timestamp,
    /// Meta's id, if Meta is known to have taken it.
    pub message_id: Option<MessageId>,
}

/// A step of a message's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Of which attempt's message.
    pub attempt: u32,
    /// What happened: [`Accepted`](OutboxState::Accepted) or what a status said.
    pub state: OutboxState,
    /// When it happened: by our clock when it was accepted, by Meta's and to the second for the rest; for participants of a group, when it
    /// happened to the one who was heard of first.
    pub at: Timestamp,
    /// Meta's code and title, with [`Failed`](OutboxState::Failed).
    pub error: Option<SendError>,
    /// How many participants of a group this happened to. None where the status named nobody.
    pub participants: Option<u32>,
}
