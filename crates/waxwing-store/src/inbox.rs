//! What a webhook brings, as a store takes it in.

use bytes::Bytes;
use waxwing_types::{GroupId, MessageId, PhoneNumberId, UserProfile};

use crate::ConversationId;

/// One part of a webhook delivery.
#[derive(Debug, Clone)]
pub enum WebhookItem {
    /// A message from a user.
    Message(InboxMessage),
    /// A message that a person of the business wrote in the Business app, and that Meta has delivered; its `sender` is the user to whom it
    /// was written.
    MessageEcho(InboxMessage),
    /// News of a message that was sent.
    Status(StatusUpdate),
    /// A user has other ids now.
    IdentityChange(IdentityChange),
    /// Anything else: kept as it came.
    Quarantined(QuarantinedItem),
}

/// A user has other ids now, as Meta tells: what was known of them under the old ones is theirs under the new ones.
#[derive(Debug, Clone)]
pub struct IdentityChange {
    /// What is told of the old ids: the BSUID decides, else the WhatsApp id.
    pub old: UserProfile,
    /// What is told of the new ones.
    pub new: UserProfile,
    /// When it happened, in seconds since the Unix epoch.
    pub at: i64,
    /// The JSON that tells it, as it came. Not kept; the same one is taken in once.
    pub body: Bytes,
}

/// A message from a user.
#[derive(Debug, Clone)]
pub struct InboxMessage {
    /// The business number that it was sent to.
    pub number: PhoneNumberId,
    /// Meta's id; a message of the same number and id is taken in once.
    pub id: MessageId,
    /// Who wrote it. A message of which neither id is known is set aside.
    pub sender: UserProfile,
    /// The group that it was written in.
    pub group: Option<GroupId>,
    /// When the user sent it, in seconds since the Unix epoch.
    pub sent_at: i64,
    /// Meta's `type`.
    pub kind: String,
    /// The message's JSON, as it came.
    pub body: Bytes,
    /// What becomes of it.
    pub disposition: Disposition,
}

/// Who wrote what waits in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A user.
    User,
    /// A person of the business in the Business app: it has reached the user already.
    BusinessApp,
    /// A person of the business at the desk, as [`Store::record_operator_action`](crate::Store::record_operator_action) took it in.
    Operator,
}

impl Origin {
    /// The origin as a word, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::BusinessApp => "business_app",
            Self::Operator => "operator",
        }
    }

    /// The origin that a word names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::User, Self::BusinessApp, Self::Operator].into_iter().find(|origin| origin.as_str() == word)
    }
}

/// What becomes of a message as it is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// It waits for a turn.
    Pending,
    /// It is stored with this outcome at once, and nobody will look at it again.
    Ignored(String),
}

/// News of a message that was sent.
#[derive(Debug, Clone)]
pub struct StatusUpdate {
    /// Meta's id of the message.
    pub id: MessageId,
    /// What happened.
    pub status: StatusKind,
    /// When, in seconds since the Unix epoch.
    pub at: i64,
    /// The participant of a group that it is about.
    pub participant: Option<String>,
    /// What the message carried as `biz_opaque_callback_data`: tells the attempt, where the message is ours.
    pub callback_data: Option<String>,
    /// Meta's error code and title, with `Failed`.
    pub error: Option<(i64, String)>,
    /// The status's JSON, as it came.
    pub body: Bytes,
}

/// What happened to a sent message. The order of the variants is the order of their ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKind {
    /// It left for the user.
    Sent,
    /// It reached the user's device.
    Delivered,
    /// The user saw it.
    Read,
    /// The user listened to it.
    Played,
    /// It will not arrive.
    Failed,
}

/// A part of a delivery that is neither a usable message nor a usable status.
#[derive(Debug, Clone)]
pub struct QuarantinedItem {
    /// The business number, where one is named.
    pub number: Option<PhoneNumberId>,
    /// Why it was set aside, in a few fixed words; never user data.
    pub reason: String,
    /// The part, as it came.
    pub body: Bytes,
}

/// What [`Store::accept`](crate::Store::accept) did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptSummary {
    /// The conversations that have something new to answer, each once.
    pub conversations: Vec<ConversationId>,
    /// Messages that were new.
    pub messages: usize,
    /// Messages and set-aside parts that were known already.
    pub duplicates: usize,
    /// True if a status settled a send whose fate was unknown, so that the next message of its conversation may go out.
    pub resolved_in_doubt: bool,
}
