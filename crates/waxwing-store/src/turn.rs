//! Turns: claim, read, release, commit.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{MessageId, OutboundContent, PhoneNumberId};

use crate::agent_control::{ConversationCost, TurnCost};
use crate::conversation::Conversation;
use crate::ids::{InboxSeq, OutboxId, RunId};
use crate::inbox::MarketingChoice;
use crate::lease::{Claims, Lease};
use crate::log::{LogEntry, NewLogEntry, Origin};
use crate::outbox::{Draft, UndeliveredMessage};
use crate::send::{SendAttempt, SendPolicy};
use crate::session::{NewSession, SessionWrite, StoredSession};
use crate::time::Timestamp;
use crate::user::UserIdentity;
use crate::{Error, redact};

/// Maximum number of messages in one turn. Further messages wait for the next turn.
pub const MAX_TURN_MESSAGES: usize = 256;

/// Size in bytes from which a turn is full. The last message of a turn may exceed it.
pub const MAX_TURN_BYTES: usize = 256 * 1024;

/// Returns true if a turn takes no more messages, so that later ones may wait.
///
/// ```
/// assert!(!waxwing_store::is_full_turn(&[]));
/// ```
pub fn is_full_turn(messages: &[PendingMessage]) -> bool {
    messages.len() >= MAX_TURN_MESSAGES || messages.iter().map(PendingMessage::size).sum::<usize>() >= MAX_TURN_BYTES
}

/// Maximum number of undelivered messages that one turn reports to the agent.
pub const MAX_UNDELIVERED: usize = 16;

/// Hands out conversations to a dispatcher and stores what a turn produces.
///
/// At most one lease on a conversation is held at a time, over all processes. A write with an older epoch fails with
/// [`Error::LeaseLost`] and stores nothing.
#[async_trait]
pub trait TurnStore: Send + Sync + fmt::Debug {
    /// Claims up to `limit` conversations of these business numbers that are due and have pending messages. Each lease has this length.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn claim_turns(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        lease: Duration,
    ) -> Result<Claims<TurnClaim>, Error>;

    /// Returns the pending messages of a claimed conversation, as [`TurnClaim::pending`] does.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn pending_messages(&self, lease: &Lease) -> Result<Vec<PendingMessage>, Error>;

    /// Returns the pending messages after `after` that belong to no run, ordered by `sent_at` and `seq`, until they [fill](is_full_turn) a turn.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn new_messages(&self, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Error>;

    /// Extends a lease to `length` from now. An expired lease can be renewed until another process claims the conversation.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn renew_lease(&self, lease: &Lease, length: Duration) -> Result<(), Error>;

    /// Releases a conversation without a commit. Its messages stay pending, and the conversation is due again after the delay.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn release(&self, lease: &Lease, release: TurnRelease) -> Result<(), Error>;

    /// Records that no other run is active in the process of the holder. A crash of the process before the next commit counts in
    /// [`TurnClaim::isolated_crash_count`].
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn isolate(&self, lease: &Lease) -> Result<(), Error>;

    /// Returns the current session of `agent` with the newest `history` entries of the conversation log since its start, as far as
    /// [`MAX_HISTORY_BYTES`](crate::MAX_HISTORY_BYTES) allows, and the agent's memory. Creates a session with this label if there is none.
    /// Its history starts where the newest session of another agent starts.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn session(&self, lease: &Lease, agent: &str, label: &str, history: usize) -> Result<StoredSession, Error>;

    /// Returns the messages of the conversation with these ids, each if it is still stored: received messages among the newest 1,000 entries of
    /// the log, and sent messages whose outbox row exists.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn find_messages(&self, lease: &Lease, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error>;

    /// Queues a first-contact text of this version outside a commit, because the run sends an interim message before it. The text belongs to no run,
    /// and is recorded in [`SentNotices::first_contact`].
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn queue_first_contact(&self, lease: &Lease, version: &str, notice: QueuedNotice) -> Result<(), Error>;

    /// Abandons the unfinished run: its messages are free for another run, and its journal is removed. Queued interim messages remain.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn abandon_run(&self, lease: &Lease, discard_unsent: Option<&'static str>) -> Result<(), Error>;

    /// Stores outcomes, reply and session of a turn in one transaction, and releases the conversation.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`]. [`Error::NotFound`] if a message has an outcome already or belongs to another conversation, or if the session
    /// belongs to another conversation.
    async fn commit_turn(&self, lease: &Lease, commit: TurnCommit) -> Result<CommittedTurn, Error>;
}

/// A message that [`TurnStore::find_messages`] found.
#[derive(Debug, Clone)]
pub struct FoundMessage {
    /// Meta's id of the message.
    pub id: MessageId,
    /// The message.
    pub message: StoredMessage,
}

/// A message of a conversation, received or sent.
#[derive(Debug, Clone)]
pub enum StoredMessage {
    /// A received message.
    Received(Box<LogEntry>),
    /// A sent message. `Debug` output contains no content.
    Sent(SentMessage),
}

/// A message that the business sent. `Debug` output contains no content.
#[derive(Clone)]
pub struct SentMessage {
    /// Content of the message.
    pub content: OutboundContent,
    /// Whether an operator wrote the message.
    pub from_operator: bool,
    /// Run that sent the message.
    pub run: RunId,
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("kind", &self.content.kind())
            .field("from_operator", &self.from_operator)
            .field("run", &self.run)
            .finish()
    }
}

/// A message that waits for a turn. `Debug` output contains no ids of users and no content.
#[derive(Clone)]
pub struct PendingMessage {
    /// Key of the message.
    pub seq: InboxSeq,
    /// Meta's message id, or the key of an operator's action.
    pub id: MessageId,
    /// Origin of the message.
    pub origin: Origin,
    /// The user who wrote the message. For messages of the business: the user who receives it, and no user in a group.
    pub sender: UserIdentity,
    /// Time of sending according to Meta, in seconds since the Unix epoch.
    pub sent_at: i64,
    /// Time since the store received the message, at the time of the call.
    pub age: Duration,
    /// Time at which the store received the message.
    pub received_at: Timestamp,
    /// Meta's `type` of the message.
    pub kind: String,
    /// JSON of the message, as received.
    pub body: Bytes,
    /// The unfinished run that the message is tied to.
    pub run: Option<RunId>,
}

impl PendingMessage {
    /// Returns the size in bytes of the JSON and of the sender's names.
    pub fn size(&self) -> usize {
        let names = [&self.sender.name, &self.sender.username].into_iter().flatten().map(String::len);
        self.body.len() + names.sum::<usize>()
    }
}

impl fmt::Debug for PendingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingMessage")
            .field("seq", &self.seq)
            .field("origin", &self.origin)
            .field("sent_at", &self.sent_at)
            .field("age", &self.age)
            .field("kind", &self.kind)
            .field("body", &redact::length(&self.body))
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// A claimed conversation.
#[derive(Debug, Clone)]
pub struct TurnClaim {
    /// Lease on the conversation.
    pub lease: Lease,
    /// The conversation.
    pub conversation: Conversation,
    /// Number of releases with a failure since the last commit.
    pub failures: u32,
    /// Number of crashes of a process since the last commit while it held the lease. Each conversation that was claimed in the process may have
    /// caused the crash. A lease that expired in a running process is no crash.
    pub crash_count: u32,
    /// Number of these crashes after the holder had called [`TurnStore::isolate`].
    pub isolated_crash_count: u32,
    /// Outage of the agent since the last commit.
    pub outage: Option<Outage>,
    /// Notices that the user has got.
    pub notices: SentNotices,
    /// Responder of the conversation at the time of the claim.
    pub responder: Responder,
    /// Cost of the conversation on this day (UTC).
    pub cost: ConversationCost,
    /// Time for which the service window stays open, at the time of the claim; zero if it is closed. At most a minute too short.
    pub service_window: Duration,
    /// Wish of the user for marketing messages, as far as it is known.
    pub marketing: MarketingState,
    /// Undelivered messages that no commit has reported to the agent, oldest first, at most [`MAX_UNDELIVERED`]. Parked messages are among them
    /// while the service window is open.
    pub undelivered: Vec<UndeliveredMessage>,
    /// Pending messages, ordered by `sent_at` and `seq`, never empty: the messages of the unfinished run if there is one, else all until
    /// they [fill](is_full_turn) a turn.
    pub pending: Vec<PendingMessage>,
}

/// Notices that the user of a conversation has got, with the times since then at the time of the claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SentNotices {
    /// Time since the last [apology](NewNotices::is_apology).
    pub apology: Option<Duration>,
    /// Time since the last [away text](NewNotices::is_away).
    pub away: Option<Duration>,
    /// Version of the last [first-contact text](NewNotices::first_contact).
    pub first_contact: Option<String>,
}

/// Notices that a reply contains, to record with it.
///
/// ```
/// use waxwing_store::{NewFirstContact, NewNotices};
///
/// let text = NewFirstContact { version: "2".into(), messages: 1 };
/// let notices = NewNotices { first_contact: Some(text), ..NewNotices::default() };
/// assert!(!notices.is_away);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewNotices {
    /// Whether the reply is an apology.
    pub is_apology: bool,
    /// Whether the reply tells the user that the business is closed.
    pub is_away: bool,
    /// The first-contact text, if the reply begins with the text.
    pub first_contact: Option<NewFirstContact>,
}

/// A first-contact text at the beginning of a reply.
///
/// ```
/// use waxwing_store::NewFirstContact;
///
/// let text = NewFirstContact { version: "2".into(), messages: 1 };
/// assert_eq!(text.messages, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFirstContact {
    /// Version of the text.
    pub version: String,
    /// Number of messages of the reply that are the text. These messages are not [discarded](TurnCommit::discard_unsent) later.
    pub messages: usize,
}

/// A notice to queue in a transaction of its own, with its entry of the conversation log.
#[derive(Debug, Clone)]
pub struct QueuedNotice {
    /// The message.
    pub draft: Draft,
    /// Entry of the conversation log.
    pub entry: NewLogEntry,
}

/// Wish of a user for marketing messages, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarketingState {
    /// Whether the user wants none.
    pub is_stopped: bool,
    /// Time since Meta priced the newest marketing message to the user. `None` if there was none.
    pub last_sent: Option<Duration>,
}

/// Outage of an agent, as its conversation knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Time since the first release because of the outage.
    pub lasts: Duration,
    /// Number of runs that failed because of the outage.
    pub failed_runs: u32,
    /// Whether the user was told about the outage.
    pub is_told: bool,
}

/// Release of a conversation without a commit.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::{ReleaseReason, TurnRelease};
///
/// let release = TurnRelease::new(Duration::from_secs(2), ReleaseReason::RunFailed);
/// assert!(release.cost.abs() < f64::EPSILON);
/// ```
#[derive(Debug, Clone)]
pub struct TurnRelease {
    /// Time until the conversation is due again.
    pub delay: Duration,
    /// Why the turn ends without a commit.
    pub reason: ReleaseReason,
    /// Cost of the turn, which counts as [`TurnCost::amount`] does.
    pub cost: f64,
    /// Name of the agent of the turn, as in [`TurnCommit::agent`].
    pub agent: Option<String>,
}

impl TurnRelease {
    /// Creates a release that costs nothing.
    pub fn new(delay: Duration, reason: ReleaseReason) -> Self {
        Self { delay, reason, cost: 0.0, agent: None }
    }
}

/// Why a conversation is released without a commit.
#[derive(Debug, Clone)]
pub enum ReleaseReason {
    /// The turn was put off or interrupted.
    PutOff,
    /// The run failed. The release counts in [`TurnClaim::failures`].
    RunFailed,
    /// The agent cannot work at the moment. The conversation is due earlier than after the delay if a message [wakes](crate::InboxMessage::wakes)
    /// it. The outage lasts until the next commit and counts no failure. The messages of a run that has recorded nothing are free for another run.
    Outage(Box<OutageRelease>),
    /// The business is closed, and the turn waits until it opens. The conversation is due earlier than after the delay if a message
    /// [wakes](crate::InboxMessage::wakes) it, or an operator acts.
    Closed(Box<ClosedRelease>),
}

/// Details of a release because the business is closed.
///
/// ```
/// use waxwing_store::{ClosedRelease, InboxSeq};
///
/// let release = ClosedRelease { seen: InboxSeq(7), away: None };
/// assert_eq!(release.seen, InboxSeq(7));
/// ```
#[derive(Debug, Clone)]
pub struct ClosedRelease {
    /// The newest message that the turn has seen. The conversation is due now if the next turn sees a newer one.
    pub seen: InboxSeq,
    /// The away text to queue and to record in [`SentNotices::away`].
    pub away: Option<QueuedNotice>,
}

/// Details of a release because of an outage.
///
/// ```
/// use waxwing_store::OutageRelease;
///
/// let outage = OutageRelease { has_run: true, interim: None };
/// assert!(outage.interim.is_none());
/// ```
#[derive(Debug, Clone)]
pub struct OutageRelease {
    /// Whether a run failed. False if the run was not even started.
    pub has_run: bool,
    /// Message that tells the user about the outage. The message is queued once for each outage, and belongs to no run.
    pub interim: Option<QueuedNotice>,
}

/// Outcome of an inbox message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageOutcome {
    /// A run handled the message, alone or together with other messages.
    Answered,
    /// The message was a command.
    Command,
    /// The message was skipped for this reason.
    Ignored(String),
    /// The message could not be handled for this reason.
    DeadLettered(String),
    /// The agent could not work for so long that the user got an apology instead of an answer.
    Unanswered,
}

/// Responder of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responder {
    /// The agent answers.
    Agent,
    /// Another app owns the conversation: see [`ThreadChange`](crate::ThreadChange).
    OtherApp,
    /// A human answers.
    Human {
        /// Rest of the human handoff, at the time of the claim; `None` if it lasts until the conversation is resumed.
        rest: Option<Duration>,
    },
}

/// Change of the responder of a conversation.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::ResponderChange;
///
/// let handoff = ResponderChange::HumanFor(Duration::from_hours(1));
/// let resume = ResponderChange::Agent;
/// assert_ne!(handoff, resume);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponderChange {
    /// The agent answers.
    Agent,
    /// A human answers for this time from now.
    HumanFor(Duration),
    /// A human answers for at least this time from now. A human handoff that lasts longer is not shortened.
    HumanForAtLeast(Duration),
    /// A human answers until the conversation is resumed.
    HumanUntilResumed,
    /// The agent or the user asks for a human, who answers for this time from now, or until the conversation is resumed.
    /// [`HandoffStore`](crate::HandoffStore) reports it if nobody answers.
    HumanAsked(Option<Duration>),
}

/// Results of a turn to store. Cheap to clone, so that a commit can be retried.
///
/// ```
/// use waxwing_store::{InboxSeq, MessageOutcome, RunId, TurnCommit};
///
/// let commit = TurnCommit {
///     outcomes: vec![(InboxSeq(1), MessageOutcome::Answered)],
///     ..TurnCommit::new(RunId("run-1".into()))
/// };
/// assert!(commit.reply.is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct TurnCommit {
    /// Key of the run.
    pub run: RunId,
    /// Handled messages with their outcomes, in any order.
    pub outcomes: Vec<(InboxSeq, MessageOutcome)>,
    /// Parts of the reply, in order. They are queued after all rows of the conversation.
    pub reply: Vec<Draft>,
    /// Entries to append to the conversation log, in order. These entries follow the handled messages and the interim messages of the run.
    pub log: Vec<NewLogEntry>,
    /// Changes to the session.
    pub session: Option<SessionWrite>,
    /// A session to create for the following turns. The previous session is kept.
    pub begin_session: Option<NewSession>,
    /// Change of the responder.
    pub responder: Option<ResponderChange>,
    /// Choice of the user about marketing messages.
    pub marketing: Option<MarketingChoice>,
    /// Notices that the reply contains.
    pub notices: NewNotices,
    /// Undelivered messages that the agent was told about in this turn.
    pub reported_undelivered: Vec<OutboxId>,
    /// Whether parked messages among them are sent, before the reply. Else they become dead letters.
    pub sends_parked: bool,
    /// Why queued and parked messages of turns that were not sent yet become dead letters. `None` if they stay. The reply of the commit, the
    /// messages of operators, other systems and campaigns, and the [first-contact text](NewNotices::first_contact) stay queued in any case.
    pub discard_unsent: Option<&'static str>,
    /// Cost of the turn.
    pub cost: TurnCost,
    /// Name of the agent of the turn. Its messages and its cost count for this agent; see [`UsageStore`](crate::UsageStore).
    pub agent: Option<String>,
    /// Claims the first row of the send queue together with the commit, if the queue is idle and not failing.
    pub send: Option<SendPolicy>,
}

impl TurnCommit {
    /// Creates a commit that changes nothing.
    pub fn new(run: RunId) -> Self {
        Self {
            run,
            outcomes: Vec::new(),
            reply: Vec::new(),
            log: Vec::new(),
            session: None,
            begin_session: None,
            responder: None,
            marketing: None,
            notices: NewNotices::default(),
            reported_undelivered: Vec::new(),
            sends_parked: false,
            discard_unsent: None,
            cost: TurnCost::default(),
            agent: None,
            send: None,
        }
    }
}

/// Result of [`TurnStore::commit_turn`].
#[derive(Debug, Default)]
pub struct CommittedTurn {
    /// Attempt for the first row of the send queue, if it was requested and is due.
    pub send: Option<SendAttempt>,
    /// Whether more messages are pending in the conversation.
    pub more: bool,
}
