#![doc = include_str!("../README.md")]

mod account;
mod agent_control;
#[cfg(feature = "sqlite")]
mod backup;
mod call;
mod campaign;
mod conversation;
mod error;
mod event_log;
mod event_type;
mod handoff;
mod ids;
mod inbox;
mod journal;
mod lease;
mod log;
mod media_store;
mod monitor;
mod operator;
mod opt_out;
mod outbox;
mod outbox_report;
mod private_files;
mod proactive;
mod quarantine;
mod queue_depth;
mod received_media;
mod redact;
#[cfg(feature = "sqlite")]
mod resealed;
mod retention;
mod send;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod storage_key;
mod store;
mod store_fault;
mod store_observer;
mod thread;
mod time;
mod turn;
mod usage;
mod user;
mod user_report;
#[cfg(feature = "sqlite")]
mod vault;

pub use account::AccountStore;
pub use agent_control::{AgentControlStore, ConversationCost, TurnCost};
#[cfg(feature = "sqlite")]
pub use backup::{BackupError, BackupFile, BackupManifest, HeldWork, Restored, Verification};
pub use call::IncomingCall;
pub use campaign::recipient::{
    MAX_RECIPIENTS_PER_CALL, NewRecipient, RecipientCounts, RecipientQuery, RecipientRecord, RecipientState,
    SkipReason, WaitingRecipient,
};
pub use campaign::{
    AddedRecipients, BusyPolicy, CampaignChange, CampaignId, CampaignKind, CampaignRecord, CampaignState,
    CampaignStore, CampaignVisit, CampaignVisits, FeedDecision, FeedOutcome, MAX_CAMPAIGNS, MAX_RECIPIENTS,
    MAX_SCHEDULED, MAX_SCHEDULED_PER_CONVERSATION, NewCampaign, NewReminder, NewScheduledMessage, PauseReason,
    RecipientMessage, ScheduledMessage, SendResult, VisitRequest,
};
pub use conversation::{Conversation, ConversationRow};
pub use error::Error;
pub use event_log::{
    DeliveryFailure, EVENT_AGE, EVENT_PARTITIONS, EventBatch, EventCursor, EventPosition, EventStore, EventSubject,
    FailedDelivery, LIVE_EVENT_CAPACITY, NewOutgoingEvent, NewSubscription, OutgoingEvent, PendingEvent, Subscription,
};
pub use event_type::{EventType, UnknownEventType};
pub use handoff::{DueHandoffs, HandoffStore};
pub use ids::{ConversationId, EventId, InboxSeq, OutboxId, QuarantineId, RunId, SessionId};
pub use inbox::{
    AcceptSummary, Disposition, IdentityChange, InboxMessage, InboxStore, MarketingChoice, MarketingPreference,
    QuarantinedItem, StandbyMessage, StatusKind, StatusUpdate, WebhookItem,
};
pub use journal::{JournalStore, RunRef, StepKey, StepRecord};
pub use lease::{Claims, Lease, SendLease};
pub use log::{LogEntry, LogKey, MAX_HISTORY_BYTES, NewLogEntry, Origin, TOOL_ROUND, TRANSCRIPT, UserLogEntry};
pub use media_store::{DirectoryMediaStore, MediaHash, MediaStore};
pub use monitor::{DELIVERY_EVENT_CAPACITY, DeliveryEvent, DeliveryEvents, MonitorStore};
pub use operator::{ConversationFilter, ConversationTarget, NewOperatorAction, OperatorStore};
pub use opt_out::OptOut;
pub use outbox::{Draft, MediaDigest, OutboxClass, OutboxState, SendError, UndeliveredMessage, Upload};
pub use outbox_report::{AttemptRecord, DeliveryRecord, MAX_ATTEMPT_ERRORS, OutboxRecord, OutboxRow};
pub use proactive::{
    ABOUT, IDEMPOTENCY_AGE, IdempotencyKey, MAX_QUEUED, NewEvent, NewMessage, ProactiveStore, QueuedMessage,
    RecordedEvent,
};
pub use quarantine::{QuarantineRecord, QuarantineRow};
pub use queue_depth::QueueDepth;
pub use received_media::{KeptMedium, MediaMessage, ReceivedMediaStore};
#[cfg(feature = "sqlite")]
pub use resealed::Resealed;
pub use retention::{Retention, RetentionStats, RetentionStore};
pub use send::{
    MAX_PARKED, OnInDoubt, OutboxStore, PARKED_FOR, SendAttempt, SendLimits, SendOutcome, SendPolicy, SendSource,
};
pub use session::{NewSession, SessionWrite, StoredSession};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteFiles, SqliteOptions, SqliteStore};
pub use storage_key::{StorageKey, StorageKeyError, StorageKeys};
pub use store::Store;
pub use store_fault::StoreFault;
pub use store_observer::{StoreObserver, StoreOperation};
pub use thread::ThreadChange;
pub use time::{Clock, SystemClock, Timestamp};
#[cfg(any(test, feature = "test-util"))]
pub use time::{ManualClock, RuntimeClock};
pub use turn::{
    ClosedRelease, CommittedTurn, FoundMessage, MAX_TURN_BYTES, MAX_TURN_MESSAGES, MAX_UNDELIVERED, MarketingState,
    MessageOutcome, NewFirstContact, NewNotices, Outage, OutageRelease, PendingMessage, QueuedNotice, ReleaseReason,
    Responder, ResponderChange, SentMessage, SentNotices, StoredMessage, TurnClaim, TurnCommit, TurnRelease, TurnStore,
    is_full_turn,
};
pub use usage::{CountedMessage, MessageCharge, MessageCount, ModelCost, UsageKey, UsageQuery, UsageStore};
pub use user::{Peer, UserIdentity, UserKey};
pub use user_report::{ConversationRecord, ErasureReport, SessionRecord, UserRecord, UserReport};
