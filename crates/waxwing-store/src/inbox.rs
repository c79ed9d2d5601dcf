//! Storage of webhook items.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{GroupId, MessageId, PhoneNumberId, UserProfile};

use crate::Error;
use crate::call::IncomingCall;
use crate::event_log::NewOutgoingEvent;
use crate::ids::ConversationId;
use crate::outbox::OutboxState;
use crate::redact;
use crate::thread::ThreadChange;
use crate::usage::{CountedMessage, MessageCharge};

/// Stores what webhooks deliver. Called before a webhook is acknowledged.
#[async_trait]
pub trait InboxStore: Send + Sync + fmt::Debug {
    /// Stores all items of a webhook in one transaction and applies status updates to the outbox.
    ///
    /// Duplicates are dropped. A message or a message echo is a duplicate if its business number and message id are known, a status if
    /// its message id, kind and participant are known, and an identity change or a quarantined item if its bytes are known.
    ///
    /// Users are found by BSUID first. The WhatsApp id identifies a user only if no other BSUID is known for that user. A known WhatsApp
    /// id with a new BSUID is a new user, and the previous user loses the WhatsApp id, unless an [`IdentityChange`] joins both users.
    ///
    /// A status is matched to an attempt by its token first, else by its message id. The highest state wins, and
    /// [`StatusKind::Failed`] is final. A status of an unknown message is kept and applied as soon as the message id is recorded.
    /// Priced messages are counted; see [`UsageStore::message_counts`](crate::UsageStore::message_counts).
    /// A failure of an earlier attempt does not affect a later attempt. A failure for one participant of a group does not fail the message.
    ///
    /// Batches with messages are committed before other work, and other batches before claims and writes. Each class of work has a share
    /// of every commit, so no class can starve another class.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`]: nothing was stored. If the returned future is dropped before it completes, the items
    /// may have been stored.
    async fn accept(&self, items: Vec<WebhookItem>) -> Result<AcceptSummary, Error>;
}

/// One item of a webhook.
#[derive(Debug, Clone)]
pub enum WebhookItem {
    /// A message from a user.
    Message(InboxMessage),
    /// A message that the business wrote in the WhatsApp Business app and that Meta has delivered. Its `sender` is the user to whom the
    /// message was written.
    MessageEcho(InboxMessage),
    /// A status of a message that was sent.
    Status(StatusUpdate),
    /// A change of a user's ids.
    IdentityChange(IdentityChange),
    /// A user's choice about marketing messages.
    MarketingPreference(MarketingPreference),
    /// An event for other systems, with the data that tell it apart from a repeated one. It is stored if a subscription has its type.
    Event(NewOutgoingEvent, Bytes),
    /// A call of a user.
    Call(IncomingCall),
    /// A message of a conversation that another app owns.
    Standby(StandbyMessage),
    /// A change of the owner of a conversation.
    ThreadChange(ThreadChange),
    /// Data that could not be used, as received.
    Quarantined(QuarantinedItem),
}

/// A received message. `Debug` output contains no ids of users and no content.
///
/// ```
/// use waxwing_store::{Disposition, InboxMessage, WebhookItem};
/// use waxwing_types::{MessageId, PhoneNumberId, UserProfile, WaId};
///
/// let message = InboxMessage {
///     number: PhoneNumberId::new("1000001"),
///     id: MessageId::new("wamid.A"),
///     sender: UserProfile::from(WaId::new("34600000000")),
///     group: None,
///     sent_at: 1_767_225_600,
///     kind: "reaction".into(),
///     body: r#"{"reaction":{"emoji":"👍"}}"#.into(),
///     disposition: Disposition::Ignored("reactions need no reply".into()),
///     wakes: false,
///     opens_window: false,
/// };
/// assert!(!format!("{message:?}").contains("34600000000"));
/// let item = WebhookItem::Message(message);
/// ```
#[derive(Clone)]
pub struct InboxMessage {
    /// The business number that received the message.
    pub number: PhoneNumberId,
    /// Meta's message id, unique within a business number.
    pub id: MessageId,
    /// The user who wrote the message. A message with neither a WhatsApp id nor a BSUID is quarantined.
    pub sender: UserProfile,
    /// The group in which the message was written, if any.
    pub group: Option<GroupId>,
    /// Time of sending according to Meta, in seconds since the Unix epoch.
    pub sent_at: i64,
    /// Meta's `type` of the message.
    pub kind: String,
    /// JSON of the message, as received.
    pub body: Bytes,
    /// Whether the message waits for a turn.
    pub disposition: Disposition,
    /// Whether the message ends the wait of a conversation whose agent could not work. A change never does.
    pub wakes: bool,
    /// Whether the message opens the customer service window, if a user wrote it.
    pub opens_window: bool,
}

impl fmt::Debug for InboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxMessage")
            .field("number", &self.number)
            .field("sent_at", &self.sent_at)
            .field("kind", &self.kind)
            .field("body", &redact::length(&self.body))
            .field("disposition", &self.disposition)
            .finish_non_exhaustive()
    }
}

/// A message of a conversation that another app owns. The message is part of the history, gets no turn, and does not open the service window. It tells that
/// the other app owns the conversation. A message of a user outside of standby tells that no other app does.
#[derive(Debug, Clone)]
pub struct StandbyMessage {
    /// The message. Its `sender` is the user who wrote it, or who received it.
    pub message: InboxMessage,
    /// Whether the other app wrote the message, and not the user.
    pub is_from_app: bool,
}

/// Handling of a message at its storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// The message waits for a turn.
    Pending,
    /// The message waits for a turn. It changes an earlier message or comments on one, and does not open the service window.
    Change,
    /// The message is stored with the outcome [`MessageOutcome::Ignored`](crate::MessageOutcome::Ignored) and this reason, and starts
    /// no turn.
    Ignored(String),
    /// The message is stored like an ignored one, and is part of the history of agents.
    Context(String),
}

/// A user's choice whether a business number may send marketing messages. `Debug` output contains no ids.
#[derive(Clone)]
pub struct MarketingPreference {
    /// Business number.
    pub number: PhoneNumberId,
    /// The user.
    pub user: UserProfile,
    /// The choice.
    pub choice: MarketingChoice,
    /// Time of the choice according to Meta, in seconds since the Unix epoch. A choice that is older than the known one changes nothing.
    pub at: i64,
    /// JSON of the preference, as received. Used to drop duplicates and not stored.
    pub body: Bytes,
}

/// Choice of a user about marketing messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketingChoice {
    /// The user wants no marketing messages.
    Stop,
    /// The user wants marketing messages again.
    Resume,
}

impl fmt::Debug for MarketingPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MarketingPreference")
            .field("number", &self.number)
            .field("choice", &self.choice)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A change of a user's ids that Meta reports. Data of the user under the old ids belongs to the new ids afterwards.
#[derive(Clone)]
pub struct IdentityChange {
    /// Ids before the change. The BSUID identifies the user; the WhatsApp id only if no BSUID is given.
    pub old: UserProfile,
    /// Ids after the change.
    pub new: UserProfile,
    /// Time of the change according to Meta, in seconds since the Unix epoch.
    pub at: i64,
    /// JSON of the change, as received. Used to drop duplicates and not stored.
    pub body: Bytes,
}

impl fmt::Debug for IdentityChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityChange")
            .field("at", &self.at)
            .field("body", &redact::length(&self.body))
            .finish_non_exhaustive()
    }
}

/// A status of a message that was sent. `Debug` output contains no ids and no JSON.
#[derive(Clone)]
pub struct StatusUpdate {
    /// The business number that sent the message.
    pub number: PhoneNumberId,
    /// Meta's id of the message.
    pub id: MessageId,
    /// The status.
    pub status: StatusKind,
    /// Time of the status according to Meta, in seconds since the Unix epoch.
    pub at: i64,
    /// The participant of a group to whom the status applies, if any.
    pub participant: Option<String>,
    /// Price of the message, if the status states it.
    pub charge: Option<MessageCharge>,
    /// The `biz_opaque_callback_data` that the message carried. Identifies the attempt of a message that this store sent.
    pub callback_data: Option<String>,
    /// Meta's error code and title, with [`StatusKind::Failed`].
    pub error: Option<(i64, String)>,
    /// Whether the text of the failed message may be sent in its place.
    pub allows_fallback: bool,
    /// JSON of the status, as received.
    pub body: Bytes,
}

impl fmt::Debug for StatusUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusUpdate")
            .field("status", &self.status)
            .field("at", &self.at)
            .field("charge", &self.charge)
            .field("participant", &redact::presence(self.participant.as_ref()))
            .field("code", &self.error.as_ref().map(|(code, _)| code))
            .field("body", &redact::length(&self.body))
            .finish_non_exhaustive()
    }
}

/// A delivery status, in ascending order of rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKind {
    /// The message left Meta's servers.
    Sent,
    /// The message reached the user's device.
    Delivered,
    /// The user read the message.
    Read,
    /// The user played the voice message.
    Played,
    /// The message will not be delivered.
    Failed,
}

impl From<StatusKind> for OutboxState {
    fn from(kind: StatusKind) -> Self {
        match kind {
            StatusKind::Sent => Self::Sent,
            StatusKind::Delivered => Self::Delivered,
            StatusKind::Read => Self::Read,
            StatusKind::Played => Self::Played,
            StatusKind::Failed => Self::Failed,
        }
    }
}

/// Received data that could not be used, unchanged.
#[derive(Clone)]
pub struct QuarantinedItem {
    /// The business number, if the data names one.
    pub number: Option<PhoneNumberId>,
    /// Reason, in fixed terms without user data.
    pub reason: String,
    /// Data, as received.
    pub body: Bytes,
}

impl fmt::Debug for QuarantinedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuarantinedItem")
            .field("number", &self.number)
            .field("reason", &self.reason)
            .field("body", &redact::length(&self.body))
            .finish()
    }
}

/// Result of [`InboxStore::accept`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptSummary {
    /// Conversations with new messages to handle, without duplicates.
    pub conversations: Vec<ConversationId>,
    /// Number of new messages.
    pub messages: usize,
    /// Number of messages, identity changes and quarantined items that were known already.
    pub duplicates: usize,
    /// Messages that were counted because a status reported their arrival and their price; see
    /// [`UsageStore::message_counts`](crate::UsageStore::message_counts).
    pub counted: Vec<CountedMessage>,
    /// Whether a status resolved a send in doubt or queued a fallback, so that the next message of its conversation may be due.
    pub wakes_sends: bool,
}
