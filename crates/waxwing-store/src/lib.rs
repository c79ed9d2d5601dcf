#![doc = include_str!("../README.md")]

#[cfg(feature = "test-util")]
pub mod contract;
pub mod desk;
pub mod error;
pub mod inbox;
pub mod outbox;
pub mod person;
pub mod retention;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
pub mod time;
pub mod turn;

pub use desk::{ConversationRow, Intervention, Recipient, Which};
pub use error::Error;
pub use inbox::{Accepted, Arrival, Fate, IdentityChange, InboundMessage, Origin, SetAside, StatusKind, StatusUpdate};
pub use outbox::{
    AttemptRecord, Deliveries, Delivery, DeliveryEvent, Draft, OutboxId, OutboxRecord, OutboxRow, OutboxSend,
    OutboxState, SendError, SendLease, SendOutcome, Undelivered, Upload,
};
pub use person::{ConversationRecord, Forgotten, PersonRecord, SessionRecord, UserKey, UserRecord};
pub use retention::{Retention, Swept};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::{Claims, OnDoubt, SendRequest, Store};
pub use time::{Clock, SystemClock, Timestamp};
pub use turn::{
    Committed, Conversation, ConversationId, InboxSeq, Lease, NewEntry, NewSession, Outcome, Pause, Peer,
    PendingMessage, Person, RunId, RunRef, Session, SessionEntry, SessionId, SessionWrite, StepKey, StepRecord,
    TurnClaim, TurnCommit,
};
pub use waxwing_types::Sender;
