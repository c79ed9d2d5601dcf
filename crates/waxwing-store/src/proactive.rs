//! Messages that no turn asked for.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{OutboundContent, PhoneNumberId};

use crate::ids::{ConversationId, OutboxId};
use crate::log::NewLogEntry;
use crate::operator::ConversationTarget;
use crate::outbox::Upload;
use crate::{Error, redact};

/// Maximum number of messages of a conversation that wait to be sent while a further proactive message is queued.
pub const MAX_QUEUED: u32 = 100;

/// Begin of the id of a message about another conversation, whose id and a hyphen follow. The message is erased with that conversation.
pub const ABOUT: &str = "about-";

/// Time for which an idempotency key is remembered.
pub const IDEMPOTENCY_AGE: Duration = Duration::from_hours(24);

/// Queues messages on behalf of other systems of the business.
#[async_trait]
pub trait ProactiveStore: Send + Sync + fmt::Debug {
    /// Returns the business number of a conversation. The conversation of a user need not exist.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the conversation is unknown.
    async fn number_of(&self, target: &ConversationTarget) -> Result<PhoneNumberId, Error>;

    /// Returns the message that an earlier call with this key has queued, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::IdempotencyConflict`] if the key came with another request.
    async fn repeated_message(&self, key: &IdempotencyKey) -> Result<Option<QueuedMessage>, Error>;

    /// Queues a message at the end of the send queue of its conversation, and appends its entry to the conversation log, in one transaction. A
    /// conversation that does not exist is created. No turn is started.
    ///
    /// A call with the idempotency key of an earlier call within [`IDEMPOTENCY_AGE`] queues nothing and returns the earlier message.
    ///
    /// # Errors
    ///
    /// [`Error::IdempotencyConflict`] if the key came with another request. [`Error::NotFound`] if the conversation is unknown, or if no address of
    /// its user is known. [`Error::WindowClosed`] if the message needs the service window, and it is closed. [`Error::QueueFull`] if
    /// [`MAX_QUEUED`] messages of the conversation wait.
    async fn queue_message(&self, message: NewMessage) -> Result<QueuedMessage, Error>;

    /// Records an event of another system. The conversation becomes due for a turn, which finds the event among its messages with
    /// [`Origin::External`](crate::Origin::External). The event does not open the service window.
    ///
    /// A call with the idempotency key of an earlier call within [`IDEMPOTENCY_AGE`] records nothing.
    ///
    /// # Errors
    ///
    /// [`Error::IdempotencyConflict`] if the key came with another request. [`Error::NotFound`] if the conversation is unknown.
    /// [`Error::QueueFull`] if [`MAX_QUEUED`] messages and events of the conversation wait for a turn.
    async fn record_event(&self, event: NewEvent) -> Result<RecordedEvent, Error>;
}

/// A message to queue. `Debug` output contains neither the recipient nor the content.
///
/// ```
/// use waxwing_store::{ConversationId, ConversationTarget, NewLogEntry, NewMessage, Origin};
/// use waxwing_types::Text;
///
/// let message = NewMessage {
///     target: ConversationTarget::Conversation(ConversationId(7)),
///     id: "message-1".into(),
///     content: Text::new("Your order is ready.").into(),
///     upload: None,
///     needs_window: true,
///     log: NewLogEntry { origin: Origin::System, author: None, kind: "reply".into(), content: "{}".into() },
///     idempotency: None,
/// };
/// assert!(!format!("{message:?}").contains("ready"));
/// ```
#[derive(Clone)]
pub struct NewMessage {
    /// The conversation.
    pub target: ConversationTarget,
    /// Key of the message, different from all runs and actions of operators.
    pub id: String,
    /// Content. With an `upload`, the media source is an empty id.
    pub content: OutboundContent,
    /// A medium to upload to Meta before the message is sent.
    pub upload: Option<Upload>,
    /// Whether the message is refused while the service window is closed. Meta accepts templates at any time.
    pub needs_window: bool,
    /// Entry of the conversation log.
    pub log: NewLogEntry,
    /// Key under which the call can be repeated.
    pub idempotency: Option<IdempotencyKey>,
}

/// Key under which a request can be repeated. `Debug` output hides the key.
///
/// ```
/// let key = waxwing_store::IdempotencyKey { scope: "1000001".into(), key: "order-17".into(), request: [7; 32] };
/// assert!(!format!("{key:?}").contains("order-17"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Scope within which the key is unique, such as the caller and the business number. The caller of the store chooses it.
    pub scope: String,
    /// The key, as the caller chose it.
    pub key: String,
    /// SHA-256 of the request. Another request with the same key is refused.
    pub request: [u8; 32],
}

/// A message that waits to be sent, or was queued by an earlier call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The conversation.
    pub conversation: ConversationId,
    /// Key of the conversation for other systems.
    pub conversation_key: String,
    /// The message.
    pub message: OutboxId,
    /// Whether an earlier call with the same idempotency key queued the message.
    pub is_repeated: bool,
}

/// An event to record. `Debug` output contains no content.
///
/// ```
/// use waxwing_store::{ConversationId, ConversationTarget, NewEvent};
///
/// let event = NewEvent {
///     target: ConversationTarget::Conversation(ConversationId(7)),
///     id: "event-1".into(),
///     body: r#"{"name":"payment_received"}"#.into(),
///     idempotency: None,
/// };
/// assert!(!format!("{event:?}").contains("payment"));
/// ```
#[derive(Clone)]
pub struct NewEvent {
    /// The conversation.
    pub target: ConversationTarget,
    /// Key of the event, different from all messages, runs and actions of operators.
    pub id: String,
    /// Data for the turn that handles the event, and for the conversation log. The store does not interpret the data.
    pub body: Bytes,
    /// Key under which the call can be repeated.
    pub idempotency: Option<IdempotencyKey>,
}

/// An event that was recorded, now or by an earlier call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The conversation.
    pub conversation: ConversationId,
    /// Key of the conversation for other systems.
    pub conversation_key: String,
    /// Whether an earlier call with the same idempotency key recorded the event.
    pub is_repeated: bool,
}

impl fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent")
            .field("target", &self.target)
            .field("id", &self.id)
            .field("body", &redact::length(&self.body))
            .field("idempotency", &self.idempotency)
            .finish()
    }
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("target", &self.target)
            .field("id", &self.id)
            .field("kind", &self.content.kind())
            .field("upload", &self.upload)
            .field("needs_window", &self.needs_window)
            .field("idempotency", &self.idempotency)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKey").field("key", &redact::presence(Some(&self.key))).finish_non_exhaustive()
    }
}
