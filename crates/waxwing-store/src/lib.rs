#![doc = include_str!("../README.md")]

#[cfg(feature = "test-util")]
pub mod contract;
mod error;
mod inbox;
mod operator;
mod outbox;
mod retention;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod time;
mod turn;
mod user;

pub use error::Error;
pub use inbox::{
    AcceptSummary, Disposition, IdentityChange, InboxMessage, Origin, QuarantinedItem, StatusKind, StatusUpdate,
    WebhookItem,
};
pub use operator::{ConversationFilter, ConversationRow, ConversationTarget, NewOperatorAction};
pub use outbox::{
    AttemptRecord, DELIVERY_EVENT_CAPACITY, DeliveryEvent, DeliveryEvents, DeliveryRecord, Draft, OutboxId,
    OutboxRecord, OutboxRow, OutboxState, SendAttempt, SendError, SendLease, SendOutcome, UndeliveredMessage, Upload,
};
pub use retention::{Retention, RetentionStats};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
pub use store::{Claims, OnInDoubt, SendPolicy, Store};
pub use time::{Clock, SystemClock, Timestamp};
#[cfg(any(test, feature = "test-util"))]
pub use time::{ManualClock, RuntimeClock};
pub use turn::{
    CommittedTurn, Conversation, ConversationId, InboxSeq, Lease, MAX_TURN_MESSAGES, MAX_UNDELIVERED, MessageOutcome,
    NewSession, NewSessionEntry, Peer, PendingMessage, Responder, RunId, RunRef, SessionEntry, SessionId, SessionWrite,
    StepKey, StepRecord, StoredSession, TurnClaim, TurnCommit, UserIdentity,
};
pub use user::{ConversationRecord, ErasureReport, SessionRecord, UserKey, UserRecord, UserReport};
