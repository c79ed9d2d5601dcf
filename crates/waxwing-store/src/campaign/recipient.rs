//! Recipients of campaigns.

use std::fmt;

use bytes::Bytes;
use waxwing_types::UserProfile;

use crate::ids::{ConversationId, OutboxId};
use crate::outbox::SendError;
use crate::redact;
use crate::time::Timestamp;

/// Maximum number of recipients that one call adds.
pub const MAX_RECIPIENTS_PER_CALL: usize = 1000;

/// A recipient to add. `Debug` output contains neither the address nor the data.
///
/// ```
/// use waxwing_store::NewRecipient;
/// use waxwing_types::{UserProfile, WaId};
///
/// let recipient = NewRecipient { user: UserProfile::from(WaId::new("34600000000")), data: "{}".into() };
/// assert!(!format!("{recipient:?}").contains("600"));
/// ```
#[derive(Clone)]
pub struct NewRecipient {
    /// The user, by the BSUID or else by the WhatsApp id.
    pub user: UserProfile,
    /// Values of the recipient. The store does not interpret the data.
    pub data: Bytes,
}

/// State of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientState {
    /// The message is not in the outbox yet.
    Waiting,
    /// The message is in the outbox: it waits, is being sent, or is in doubt.
    Queued,
    /// The message waits until the user writes, because the service window is closed.
    Parked,
    /// Meta accepted the message.
    Sent,
    /// The message reached the device of the user.
    Delivered,
    /// The user read the message.
    Read,
    /// The message was refused, failed, or was given up without a request in doubt.
    Failed,
    /// It is unknown whether Meta accepted the message. It is not sent again.
    Unknown,
    /// The recipient gets no message: see [`SkipReason`].
    Skipped,
    /// The campaign was cancelled before the message was queued.
    Cancelled,
}

impl RecipientState {
    /// All states, in the order of a message's life.
    pub const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Queued,
        Self::Parked,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::Unknown,
        Self::Skipped,
        Self::Cancelled,
    ];

    /// Returns the name of the state, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Parked => "parked",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns the state with this name.
    ///
    /// ```
    /// use waxwing_store::RecipientState;
    ///
    /// assert_eq!(RecipientState::parse("unknown"), Some(RecipientState::Unknown));
    /// assert_eq!(RecipientState::parse("lost"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Why a recipient gets no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The user wants no marketing messages.
    MarketingStopped,
    /// The service window is closed, and the message is no template.
    NoWindow,
    /// The conversation had unanswered or queued messages, or a human handoff, for too long.
    Busy,
    /// Another recipient of the campaign is the same user.
    Duplicate,
    /// No address of the user is known any more.
    NoAddress,
    /// The values of the recipient do not fit the template.
    Content,
    /// The budget for Meta's charges is used.
    Budget,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::MarketingStopped,
        Self::NoWindow,
        Self::Busy,
        Self::Duplicate,
        Self::NoAddress,
        Self::Content,
        Self::Budget,
    ];

    /// Returns the name of the reason, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MarketingStopped => "marketing_stopped",
            Self::NoWindow => "no_window",
            Self::Busy => "busy",
            Self::Duplicate => "duplicate",
            Self::NoAddress => "no_address",
            Self::Content => "content",
            Self::Budget => "budget",
        }
    }

    /// Returns the reason with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Numbers of recipients by state.
///
/// ```
/// use waxwing_store::{RecipientCounts, RecipientState};
///
/// let counts: RecipientCounts = [(RecipientState::Sent, 2), (RecipientState::Unknown, 1)].into_iter().collect();
/// assert_eq!((counts.of(RecipientState::Sent), counts.total()), (2, 3));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipientCounts(Vec<(RecipientState, u32)>);

impl RecipientCounts {
    /// Returns the number of recipients in a state.
    pub fn of(&self, state: RecipientState) -> u32 {
        self.iter().filter(|(found, _)| *found == state).map(|(_, count)| count).sum()
    }

    /// Returns the number of all recipients.
    pub fn total(&self) -> u32 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// Returns the states that occur, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (RecipientState, u32)> {
        self.0.iter().copied()
    }
}

impl FromIterator<(RecipientState, u32)> for RecipientCounts {
    fn from_iter<I: IntoIterator<Item = (RecipientState, u32)>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

/// Selection of recipients.
///
/// ```
/// use waxwing_store::{RecipientQuery, RecipientState};
///
/// let query = RecipientQuery { state: Some(RecipientState::Unknown), after: 0, limit: 100 };
/// assert_eq!(query.limit, 100);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipientQuery {
    /// State; `None` for all.
    pub state: Option<RecipientState>,
    /// Place before the wanted recipients; 0 for the first ones.
    pub after: u32,
    /// Largest number of recipients.
    pub limit: usize,
}

/// A recipient, as an operator sees it. `Debug` output contains no address.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientRecord {
    /// Order in the list, from 1.
    pub place: u32,
    /// WhatsApp id or BSUID.
    pub address: String,
    /// State.
    pub state: RecipientState,
    /// Why the recipient gets no message.
    pub reason: Option<SkipReason>,
    /// Reason of a failure, with Meta's code if Meta gave one.
    pub error: Option<SendError>,
    /// The message in the outbox, which may be removed already.
    pub message: Option<OutboxId>,
    /// The conversation, once it is known.
    pub conversation: Option<ConversationId>,
    /// Waiting: time of the next try.
    pub due_at: Timestamp,
}

/// A recipient to move, or to take back. `Debug` output contains no data.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitingRecipient {
    /// Order in the list, from 1.
    pub place: u32,
    /// Values of the recipient.
    pub data: Bytes,
}

impl fmt::Debug for NewRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRecipient").field("data", &redact::length(&self.data)).finish_non_exhaustive()
    }
}

impl fmt::Debug for RecipientRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientRecord")
            .field("place", &self.place)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("error", &self.error)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WaitingRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitingRecipient")
            .field("place", &self.place)
            .field("data", &redact::length(&self.data))
            .finish()
    }
}
