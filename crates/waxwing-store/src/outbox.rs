//! Outgoing messages.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{Address, MessageId, OutboundContent};

use crate::ids::OutboxId;
use crate::redact;

/// A message to queue in the outbox. `Debug` output contains neither the recipient nor the content.
///
/// ```
/// use waxwing_store::Draft;
/// use waxwing_types::{Text, WaId};
///
/// let draft = Draft {
///     to: WaId::new("34600000000").into(),
///     content: Text::new("Your table is reserved.").into(),
///     reply_to: None,
///     callback_data: None,
///     upload: None,
///     needs_previous: false,
///     fallback: None,
/// };
/// assert!(!format!("{draft:?}").contains("table"));
/// ```
#[derive(Clone)]
pub struct Draft {
    /// Recipient.
    pub to: Address,
    /// Content. With an `upload`, the media source is an empty id, which [`OutboundContent::validate`] rejects until the medium is
    /// uploaded.
    pub content: OutboundContent,
    /// The message that the draft quotes.
    pub reply_to: Option<MessageId>,
    /// Data of the caller, returned with the delivery events of the message.
    pub callback_data: Option<String>,
    /// A medium to upload to Meta before the message is sent.
    pub upload: Option<Upload>,
    /// Whether the draft continues the part of the same run before it, such as the second half of a long text. The draft fails with that part.
    pub needs_previous: bool,
    /// Content that is sent once in its place if Meta refuses the draft, such as the caption of a picture.
    pub fallback: Option<OutboundContent>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("kind", &self.content.kind())
            .field("reply_to", &redact::presence(self.reply_to.as_ref()))
            .field("upload", &self.upload)
            .field("needs_previous", &self.needs_previous)
            .field("fallback", &self.fallback.as_ref().map(OutboundContent::kind))
            .finish_non_exhaustive()
    }
}

/// A medium that is not uploaded yet. `Debug` output contains neither the file name nor the content.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// MIME type.
    pub mime_type: String,
    /// File name.
    pub filename: String,
    /// Content of the file.
    pub bytes: Bytes,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("mime_type", &self.mime_type)
            .field("bytes", &redact::length(&self.bytes))
            .finish_non_exhaustive()
    }
}

/// SHA-256 digest of the type and the content of a medium.
pub type MediaDigest = [u8; 32];

/// Reason of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// Meta's error code, if Meta gave one.
    pub code: Option<i64>,
    /// Description without user data.
    pub message: String,
}

/// A message that will not be delivered: dead-lettered, refused, or failed after Meta accepted it. `Debug` output contains no content.
#[derive(Clone)]
pub struct UndeliveredMessage {
    /// Key of the outbox row.
    pub id: OutboxId,
    /// Content.
    pub content: OutboundContent,
    /// Reason.
    pub error: SendError,
    /// Whether the fallback of the message was queued in its place.
    pub is_replaced: bool,
    /// Whether the message is [parked](OutboxState::Parked) and can be sent now.
    pub is_parked: bool,
}

impl fmt::Debug for UndeliveredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UndeliveredMessage")
            .field("id", &self.id)
            .field("kind", &self.content.kind())
            .field("error", &self.error)
            .field("is_replaced", &self.is_replaced)
            .field("is_parked", &self.is_parked)
            .finish()
    }
}

/// Class of an outbox row. Messages of campaigns wait for all others.
///
/// ```
/// use waxwing_store::OutboxClass;
///
/// assert_eq!(OutboxClass::parse("campaign"), Some(OutboxClass::Campaign));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxClass {
    /// Answer of an agent, an operator or the system.
    Reply,
    /// Message that no turn asked for, to one user.
    Proactive,
    /// Message of a campaign, which is sent at most once.
    Campaign,
}

impl OutboxClass {
    /// Returns the name of the class, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Proactive => "proactive",
            Self::Campaign => "campaign",
        }
    }

    /// Returns the class with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Reply, Self::Proactive, Self::Campaign].into_iter().find(|class| class.as_str() == name)
    }
}

/// State of an outbox row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// The row waits to be sent for the first time, or for a retry.
    Queued,
    /// A request is in progress.
    Sending,
    /// The outcome of a request is unknown.
    InDoubt,
    /// Meta accepted the message.
    Accepted,
    /// The message left Meta's servers.
    Sent,
    /// The message reached the user's device.
    Delivered,
    /// The user read the message.
    Read,
    /// The user played the voice message.
    Played,
    /// Meta refused the message, or reported after the acceptance that it will not be delivered.
    Failed,
    /// The message is not sent any more.
    DeadLetter,
    /// The message waits outside the send queue until the user writes, because the service window is closed.
    Parked,
}

impl OutboxState {
    /// Returns whether the message has reached the device of a user.
    pub fn has_arrived(self) -> bool {
        matches!(self, Self::Delivered | Self::Read | Self::Played)
    }

    /// All states, in the order of a message's life.
    pub const ALL: [Self; 11] = [
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
        Self::Parked,
    ];

    /// Returns the name of the state, as it is stored and shown.
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
            Self::Parked => "parked",
        }
    }

    /// Returns the state with this name.
    ///
    /// ```
    /// use waxwing_store::OutboxState;
    ///
    /// assert_eq!(OutboxState::parse("in_doubt"), Some(OutboxState::InDoubt));
    /// assert_eq!(OutboxState::parse("lost"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}
