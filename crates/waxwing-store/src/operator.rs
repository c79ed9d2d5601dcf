//! Access for operators.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{MessageId, OutboundContent, PhoneNumberId, UserProfile};

use crate::Error;
use crate::conversation::ConversationRow;
use crate::ids::{ConversationId, OutboxId, QuarantineId};
use crate::inbox::{AcceptSummary, WebhookItem};
use crate::log::{LogEntry, LogKey, UserLogEntry};
use crate::opt_out::OptOut;
use crate::outbox::OutboxState;
use crate::outbox_report::{OutboxRecord, OutboxRow};
use crate::quarantine::{QuarantineRecord, QuarantineRow};
use crate::redact;
use crate::turn::FoundMessage;
use crate::user::UserKey;
use crate::user_report::{ConversationRecord, ErasureReport, UserReport};

/// Shows and changes stored data on behalf of an operator.
#[async_trait]
pub trait OperatorStore: Send + Sync + fmt::Debug {
    /// Returns up to `limit` outbox rows, newest first: all rows, or the rows in one state.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Error>;

    /// Returns an outbox row with its attempts and its delivery history.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn outbox_record(&self, id: OutboxId) -> Result<OutboxRecord, Error>;

    /// Moves a dead-lettered, failed or parked row to the end of its conversation's send queue. Attempts before the requeue no longer count.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::WrongState`] for a row in another state.
    async fn requeue(&self, id: OutboxId) -> Result<(), Error>;

    /// Dead-letters a row that is queued, parked or in doubt, together with queued later parts of the same reply. The rest of the send queue
    /// continues. A later status that reports a delivery still applies.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::WrongState`] for a row that is being sent or has a final state.
    async fn discard(&self, id: OutboxId) -> Result<(), Error>;

    /// Records an operator's action and queues its message, if it has one. The conversation becomes due for a turn, which finds the action
    /// among its messages with [`Origin::Operator`](crate::Origin::Operator). Returns the conversation and the outbox row of the message.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the conversation is unknown, or if no address of its user is known. [`Error::WindowClosed`] if the message
    /// [needs the service window](NewOperatorAction::needs_window), and it is closed.
    async fn record_operator_action(
        &self,
        action: NewOperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), Error>;

    /// Returns up to `limit` conversations, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn conversations(&self, filter: &ConversationFilter, limit: usize) -> Result<Vec<ConversationRow>, Error>;

    /// Returns up to `limit` users who want no marketing messages, oldest conversation first: all of them, or those after the conversation with a
    /// [key](crate::Conversation::key).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the key is no key of this store.
    async fn opt_outs(&self, after: Option<&str>, limit: usize) -> Result<Vec<OptOut>, Error>;

    /// Reports the data that is stored about a conversation.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn conversation_report(&self, id: ConversationId) -> Result<ConversationRecord, Error>;

    /// Returns up to `limit` entries of the conversation log before the position `before`, oldest first: the newest ones if there is no position.
    /// Messages that wait for a turn have their position of arrival.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the conversation is unknown.
    async fn conversation_log(
        &self,
        id: ConversationId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<LogEntry>, Error>;

    /// Returns the entries of the conversation log that an agent would get with its next turn, oldest first, as
    /// [`TurnStore::session`](crate::TurnStore::session) does, and creates no session.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the conversation is unknown.
    async fn agent_history(&self, id: ConversationId, agent: &str, history: usize) -> Result<Vec<LogEntry>, Error>;

    /// Returns the messages of a conversation with these ids, as [`TurnStore::find_messages`](crate::TurnStore::find_messages) finds them.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the conversation is unknown.
    async fn conversation_messages(&self, id: ConversationId, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error>;

    /// Returns up to `limit` quarantined items, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineRow>, Error>;

    /// Returns a quarantined item with its data.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn quarantine_record(&self, id: QuarantineId) -> Result<QuarantineRecord, Error>;

    /// Removes a quarantined item and stores `items` in its place, as [`InboxStore::accept`](crate::InboxStore::accept) does.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], also if another call has removed the item.
    async fn requeue_quarantined(&self, id: QuarantineId, items: Vec<WebhookItem>) -> Result<AcceptSummary, Error>;

    /// Reports the data that is stored about a user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn user_report(&self, key: &UserKey) -> Result<UserReport, Error>;

    /// Returns up to `limit` entries of the conversation log that concern a user, after the given entry: the logs of the user's one-to-one
    /// conversations, and what the user wrote in groups. The order is by conversation, then by arrival.
    ///
    /// The call reads the whole log.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the user is unknown.
    async fn user_log(&self, key: &UserKey, after: Option<LogKey>, limit: usize) -> Result<Vec<UserLogEntry>, Error>;

    /// Erases a user: all their data, their one-to-one conversations and their messages in groups. No byte of the erased data remains in
    /// the files of the store. Replies of agents in groups remain.
    ///
    /// Running turns of the erased conversations lose their leases, and outcomes of running attempts can no longer be recorded. Hashes for
    /// the deduplication of webhooks remain. The store processes no other work during the erasure, because it rewrites its files.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]. After [`Error::Database`] the rows may be removed while bytes of them remain in the files. Erase the user again
    /// or reopen the store to remove these bytes.
    async fn erase_user(&self, key: &UserKey) -> Result<ErasureReport, Error>;
}

/// An operator's action to record. `Debug` output contains no content.
///
/// ```
/// use waxwing_store::{ConversationId, ConversationTarget, NewOperatorAction};
/// use waxwing_types::Text;
///
/// let action = NewOperatorAction {
///     target: ConversationTarget::Conversation(ConversationId(7)),
///     id: "operator-1".into(),
///     content: Some(Text::new("I will look into this.").into()),
///     needs_window: true,
///     body: r#"{"text":"I will look into this."}"#.into(),
/// };
/// assert!(!format!("{action:?}").contains("look into"));
/// ```
#[derive(Clone)]
pub struct NewOperatorAction {
    /// The conversation.
    pub target: ConversationTarget,
    /// Key of the action, different from all other actions and runs.
    pub id: String,
    /// Message to send.
    pub content: Option<OutboundContent>,
    /// Whether the message is refused while the service window is closed. Meta accepts templates at any time.
    pub needs_window: bool,
    /// Data for the turn that handles the action, and for the conversation log. The store does not interpret the data.
    pub body: Bytes,
}

impl fmt::Debug for NewOperatorAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOperatorAction")
            .field("target", &self.target)
            .field("id", &self.id)
            .field("kind", &self.content.as_ref().map(OutboundContent::kind))
            .field("needs_window", &self.needs_window)
            .field("body", &redact::length(&self.body))
            .finish()
    }
}

/// Conversation of an operator's action.
#[derive(Debug, Clone)]
pub enum ConversationTarget {
    /// An existing conversation.
    Conversation(ConversationId),
    /// The existing conversation with this [key](crate::Conversation::key).
    Key(String),
    /// The conversation of a business number with a user. The store creates the conversation if it does not exist.
    User(PhoneNumberId, UserProfile),
}

/// Selection of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationFilter {
    /// All conversations.
    All,
    /// Conversations that a human answers now.
    Paused,
    /// Conversations whose user wants no marketing messages.
    MarketingStopped,
    /// The conversation with this key.
    Id(ConversationId),
    /// One-to-one conversations of a user.
    User(UserKey),
}
