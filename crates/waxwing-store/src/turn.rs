//! A conversation's turn: who holds it, what it is to answer, and what it leaves behind.

use bytes::Bytes;
use waxwing_types::{Address, Bsuid, GroupId, MessageId, PhoneNumberId, WaId};

use crate::Timestamp;
use crate::inbox::Origin;
use crate::outbox::{Draft, OutboxId, SendAttempt, UndeliveredMessage};
use crate::store::SendPolicy;

/// How many messages one turn takes at most. The rest waits for the next turn, so that a flood does not become one endless turn.
pub const MAX_TURN_MESSAGES: usize = 256;

/// How many messages that will not arrive one turn is told of at most.
pub const MAX_UNDELIVERED: usize = 16;

/// The opaque key of a conversation: one user, or one group, and one business number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub i64);

/// The place of a message in the order in which messages were taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboxSeq(pub i64);

/// A session of an agent in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub i64);

/// One run of an agent. A run that is repeated after a crash keeps its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(pub String);

/// The right to work on a conversation until a point in time.
///
/// Each claim raises the epoch; every write of a turn names the epoch it was claimed with and is refused with
/// [`Error::LeaseLost`](crate::Error::LeaseLost) once somebody else has claimed the conversation, or once it was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is held.
    pub conversation: ConversationId,
    /// Which claim this is.
    pub epoch: i64,
    /// When it ends unless it is renewed.
    pub until: Timestamp,
}

/// A conversation as its turn sees it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its key.
    pub id: ConversationId,
    /// The business number.
    pub number: PhoneNumberId,
    /// Who is at the other end.
    pub peer: Peer,
}

/// Who is at the other end of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// One user.
    User(UserIdentity),
    /// A group.
    Group(GroupId),
}

impl Peer {
    /// Where a reply goes: to the WhatsApp id exactly as it was received, to the BSUID where the phone number is hidden, or to the group.
    pub fn address(&self) -> Option<Address> {
        match self {
            Self::Group(id) => Some(id.clone().into()),
            Self::User(person) => {
                let phone = person.wa_id.clone().map(Address::from);
                phone.or_else(|| person.bsuid.clone().map(Address::from))
            }
        }
    }
}

/// A user, as much as is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserIdentity {
    /// The WhatsApp id, where it is known.
    pub wa_id: Option<WaId>,
    /// The business-scoped user id.
    pub bsuid: Option<Bsuid>,
    /// The profile name, as it was last seen.
    pub name: Option<String>,
    /// The public handle, as it was last seen.
    pub username: Option<String>,
}

impl UserIdentity {
    /// What agents know the user by: the phone number, or the BSUID where the number is hidden.
    pub fn label(&self) -> &str {
        let phone = self.wa_id.as_ref().map(WaId::as_str);
        phone.or_else(|| self.bsuid.as_ref().map(Bsuid::as_str)).unwrap_or_default()
    }
}

/// A message that waits to be answered.
#[derive(Debug, Clone)]
pub struct PendingMessage {
    /// Its place in the order of arrival.
    pub seq: InboxSeq,
    /// Meta's id; of what was written at the desk, one of its own.
    pub id: MessageId,
    /// Who wrote it.
    pub origin: Origin,
    /// The user who wrote it, the other end or a participant of the group. Of what the business wrote, the user to whom it was written; nobody
    /// in a group.
    pub sender: UserIdentity,
    /// When the user sent it, in seconds since the Unix epoch.
    pub sent_at: i64,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// Meta's `type`.
    pub kind: String,
    /// Its JSON, as it came.
    pub body: Bytes,
    /// The run that began to answer it and did not finish.
    pub run: Option<RunId>,
}

/// A conversation that was claimed.
#[derive(Debug, Clone)]
pub struct TurnClaim {
    /// The right to work on it.
    pub lease: Lease,
    /// The conversation.
    pub conversation: Conversation,
    /// How many runs were handed back with a failure since the last commit.
    pub failures: u32,
    /// How many leases ended with their process, or ran out, since the last commit. Any of the conversations that were held then may be the cause.
    pub crash_count: u32,
    /// How many of these ended while nothing else ran, as [`Store::isolate`](crate::Store::isolate) had recorded.
    pub isolated_crash_count: u32,
    /// Until when a person answers the conversation, if one does or did.
    pub paused_until: Option<Timestamp>,
    /// Earlier messages that will not arrive, of which no commit has said yet that the agent knows; at most [`MAX_UNDELIVERED`], oldest first.
    pub undelivered: Vec<UndeliveredMessage>,
    /// What waits, ordered by (`sent_at`, `seq`): the messages of an unfinished run if there is one, else at most [`MAX_TURN_MESSAGES`]; never empty.
    pub pending: Vec<PendingMessage>,
}

/// A run, for writes made while it goes on.
#[derive(Debug, Clone, Copy)]
pub struct RunRef<'a> {
    /// The right to write.
    pub lease: &'a Lease,
    /// The run.
    pub run: &'a RunId,
    /// The messages that it answers; they stay tied to the run from its first write on, so that a repeated run answers the same ones.
    pub messages: &'a [InboxSeq],
}

/// A step of a run: its name, and which of the steps of that name it is, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepKey {
    /// The name that the agent gave it.
    pub name: String,
    /// How many steps of that name came before it in the run.
    pub nth: u32,
}

/// What is recorded of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Which step.
    pub key: StepKey,
    /// Its result; none if it was started and never finished.
    pub result: Option<Bytes>,
}

/// A session with its history.
#[derive(Debug, Clone)]
pub struct StoredSession {
    /// Its key.
    pub id: SessionId,
    /// What agents know it by.
    pub label: String,
    /// The newest entries, oldest first.
    pub entries: Vec<SessionEntry>,
    /// The session state; the store does not look inside.
    pub state: Option<Bytes>,
    /// What the agent keeps in this conversation across sessions; the store does not look inside.
    pub memory: Option<Bytes>,
}

/// An entry of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    /// Its place: it rises from entry to entry.
    pub seq: i64,
    /// What it says; the store does not look inside.
    pub body: Bytes,
}

/// What a turn writes to its session.
#[derive(Debug, Clone)]
pub struct SessionWrite {
    /// The session.
    pub id: SessionId,
    /// Entries to append, in order.
    pub append: Vec<NewSessionEntry>,
    /// The new state, where it changed.
    pub state: Option<Bytes>,
    /// The new memory of the session's agent, where it changed.
    pub memory: Option<Bytes>,
}

/// An entry to append to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSessionEntry {
    /// What it says; the store does not look inside.
    pub body: Bytes,
    /// The message that it keeps the words of: the entry is erased with whoever wrote that.
    pub source: Option<InboxSeq>,
}

impl From<Bytes> for NewSessionEntry {
    /// An entry that keeps nobody's words.
    fn from(body: Bytes) -> Self {
        Self { body, source: None }
    }
}

/// A session to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The agent that it belongs to.
    pub agent: String,
    /// What agents know it by.
    pub label: String,
}

/// What finally became of an inbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageOutcome {
    /// A run answered it, alone or with others of its burst.
    Answered,
    /// It was a command and was carried out.
    Command,
    /// It was passed over, for this reason.
    Ignored(String),
    /// It could not be answered, for this reason.
    DeadLettered(String),
}

/// Who answers a conversation from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responder {
    /// A person, until then; with [`Timestamp::MAX`], until somebody says otherwise.
    Human {
        /// The end of the handoff; [`Timestamp::MAX`] for no end.
        until: Timestamp,
    },
    /// The agent.
    Agent,
}

/// The end of a turn: everything that one transaction writes. Cheap to clone, so that it can be tried again.
#[derive(Debug, Clone)]
pub struct TurnCommit {
    /// The run; reply parts and interim messages of it share it.
    pub run: RunId,
    /// Each message of the turn with its outcome.
    pub outcomes: Vec<(InboxSeq, MessageOutcome)>,
    /// The reply, in order; placed behind everything that the conversation has in the outbox.
    pub reply: Vec<Draft>,
    /// What goes into the session.
    pub session: Option<SessionWrite>,
    /// A session to begin after this turn; the old one is kept.
    pub begin_session: Option<NewSession>,
    /// Who answers from now on, where that changes.
    pub responder: Option<Responder>,
    /// Messages that will not arrive, of which the agent knows now.
    pub reported_undelivered: Vec<OutboxId>,
    /// Asks for the first send at once, where nothing else of the conversation is on its way.
    pub send: Option<SendPolicy>,
}

/// What [`Store::commit_turn`](crate::Store::commit_turn) did. The conversation is free again.
#[derive(Debug, Default)]
pub struct CommittedTurn {
    /// The first send, already recorded, if it was asked for and is due.
    pub send: Option<SendAttempt>,
    /// True if more messages wait in the conversation.
    pub more: bool,
}
