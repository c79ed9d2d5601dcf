//! Campaigns: one message to a list of recipients, at most once to each.

pub(crate) mod recipient;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{OutboundContent, PhoneNumberId};

use self::recipient::{NewRecipient, RecipientCounts, RecipientQuery, RecipientRecord, SkipReason, WaitingRecipient};
use crate::ids::{ConversationId, OutboxId};
use crate::journal::RunRef;
use crate::log::NewLogEntry;
use crate::operator::ConversationTarget;
use crate::proactive::IdempotencyKey;
use crate::time::Timestamp;
use crate::{Error, redact};

/// Maximum number of campaigns that are not over: drafts, running and paused ones.
pub const MAX_CAMPAIGNS: u32 = 100;

/// Maximum number of recipients of a campaign.
pub const MAX_RECIPIENTS: u32 = 100_000;

/// Maximum number of scheduled messages and reminders that wait.
pub const MAX_SCHEDULED: u32 = 100_000;

/// Maximum number of scheduled messages and reminders of one conversation that wait.
pub const MAX_SCHEDULED_PER_CONVERSATION: u32 = 20;

/// Stores campaigns, and moves their recipients into the outbox.
///
/// A recipient is moved once, and a message of a campaign whose outcome is unknown is never sent again. The result of a recipient follows the
/// row of the outbox.
#[async_trait]
pub trait CampaignStore: Send + Sync + fmt::Debug {
    /// Creates a campaign without recipients, as a draft.
    ///
    /// # Errors
    ///
    /// [`Error::LimitReached`] if [`MAX_CAMPAIGNS`] campaigns are not over.
    async fn create_campaign(&self, campaign: NewCampaign) -> Result<CampaignId, Error>;

    /// Adds up to [`MAX_RECIPIENTS_PER_CALL`](crate::MAX_RECIPIENTS_PER_CALL) recipients to a draft. Recipients with the address of an earlier one
    /// are left out.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::WrongState`] after the start, and [`Error::LimitReached`] beyond [`MAX_RECIPIENTS`] recipients, or beyond the
    /// limit of one call. After an error, nothing is added.
    async fn add_recipients(&self, id: CampaignId, recipients: Vec<NewRecipient>) -> Result<AddedRecipients, Error>;

    /// Schedules a message: a campaign of one. A conversation that does not exist is created.
    ///
    /// A call with the idempotency key of an earlier call returns the earlier message.
    ///
    /// # Errors
    ///
    /// [`Error::IdempotencyConflict`] if the key came with another request. [`Error::NotFound`] if the conversation is unknown.
    /// [`Error::LimitReached`] if [`MAX_SCHEDULED`] messages wait, or [`MAX_SCHEDULED_PER_CONVERSATION`] of the conversation.
    async fn schedule_message(&self, message: NewScheduledMessage) -> Result<ScheduledMessage, Error>;

    /// Schedules a message of a run to its own conversation. A repeated run finds the message by its key.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] without the lease, and [`Error::LimitReached`] as for [`schedule_message`](Self::schedule_message).
    async fn schedule_reminder(&self, run: RunRef<'_>, reminder: NewReminder) -> Result<CampaignId, Error>;

    /// Returns up to `limit` campaigns of a kind before the campaign `before`, newest first, with the numbers of their recipients.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn campaigns(
        &self,
        kind: CampaignKind,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Result<Vec<CampaignRecord>, Error>;

    /// Returns a campaign.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    async fn campaign(&self, id: CampaignId) -> Result<CampaignRecord, Error>;

    /// Returns recipients in the order of the list.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such campaign.
    async fn campaign_recipients(&self, id: CampaignId, query: RecipientQuery) -> Result<Vec<RecipientRecord>, Error>;

    /// Returns the first recipient of each of these campaigns, in their order: `None` for a campaign that does not exist or has no recipients.
    /// The only recipient of a scheduled message is the first one.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn first_recipients(&self, ids: &[CampaignId]) -> Result<Vec<Option<RecipientRecord>>, Error>;

    /// Starts, pauses, resumes or cancels a campaign. A pause and a cancellation take back the messages that are queued.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::WrongState`] if the state does not allow the change, or if a campaign without recipients is started.
    async fn change_campaign(&self, id: CampaignId, change: CampaignChange) -> Result<(), Error>;

    /// Pauses all running campaigns of a number. Scheduled messages go on. Returns the paused campaigns.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn pause_campaigns(&self, number: &PhoneNumberId, reason: PauseReason) -> Result<Vec<CampaignId>, Error>;

    /// Returns running campaigns that are due for a visit of the feeder, with recipients to move. A campaign without waiting recipients and
    /// messages on their way is finished.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn visit_campaigns(&self, numbers: &[PhoneNumberId], request: VisitRequest) -> Result<CampaignVisits, Error>;

    /// Moves a waiting recipient of a running campaign into the outbox, or decides otherwise about the recipient.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn feed_recipient(
        &self,
        campaign: CampaignId,
        place: u32,
        decision: FeedDecision,
    ) -> Result<FeedOutcome, Error>;

    /// Returns the recipients of a campaign whose messages are queued and not being sent. Meta has certainly accepted none of these messages.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn unsent_recipients(&self, id: CampaignId) -> Result<Vec<WaitingRecipient>, Error>;

    /// Takes back messages of a campaign, as far as they are [unsent](Self::unsent_recipients). Their recipients wait again, and are due.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn take_back_recipients(&self, id: CampaignId, places: Vec<u32>) -> Result<(), Error>;

    /// Returns the number of different conversations to which campaigns wrote outside the service window within this time. Meta limits them.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/messaging-limits>
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn recipients_outside_window(&self, within: Duration) -> Result<u64, Error>;
}

/// Key of a campaign. A later campaign has a higher key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignId(pub i64);

/// A campaign to create. `Debug` output contains no content.
///
/// ```
/// use waxwing_store::NewCampaign;
/// use waxwing_types::PhoneNumberId;
///
/// let campaign = NewCampaign { number: PhoneNumberId::new("1000001"), name: "spring".into(), plan: "{}".into() };
/// assert!(format!("{campaign:?}").contains("spring"));
/// ```
#[derive(Clone)]
pub struct NewCampaign {
    /// Business number that sends.
    pub number: PhoneNumberId,
    /// Name for operators.
    pub name: String,
    /// Content and schedule. The store does not interpret the plan.
    pub plan: Bytes,
}

/// A message to schedule. `Debug` output contains no content.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::{ConversationId, ConversationTarget, NewScheduledMessage};
///
/// let message = NewScheduledMessage {
///     target: ConversationTarget::Conversation(ConversationId(7)),
///     data: r#"{"text":"See you at 18:00"}"#.into(),
///     send_in: Duration::from_secs(3600),
///     idempotency: None,
/// };
/// assert!(!format!("{message:?}").contains("18:00"));
/// ```
#[derive(Clone)]
pub struct NewScheduledMessage {
    /// The conversation.
    pub target: ConversationTarget,
    /// Content. The store does not interpret the data.
    pub data: Bytes,
    /// Time until the message is due.
    pub send_in: Duration,
    /// Key under which the call can be repeated.
    pub idempotency: Option<IdempotencyKey>,
}

/// A message that an agent schedules for its own conversation. `Debug` output contains no content.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::NewReminder;
///
/// let reminder = NewReminder { key: "run-1/0".into(), data: "{}".into(), send_in: Duration::from_secs(60) };
/// assert_eq!(reminder.key, "run-1/0");
/// ```
#[derive(Clone)]
pub struct NewReminder {
    /// Key of the call, unique over all reminders. A repeated call has the same key.
    pub key: String,
    /// Content. The store does not interpret the data.
    pub data: Bytes,
    /// Time until the message is due.
    pub send_in: Duration,
}

/// A scheduled message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledMessage {
    /// The campaign of one recipient.
    pub campaign: CampaignId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Key of the conversation for other systems.
    pub conversation_key: String,
    /// Whether an earlier call with the same idempotency key scheduled the message.
    pub is_repeated: bool,
}

/// Result of adding recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedRecipients {
    /// Number of added recipients.
    pub added: u32,
    /// Number of recipients of the campaign.
    pub total: u32,
    /// Positions in the call of recipients whose address the campaign has already, from 0.
    pub duplicates: Vec<usize>,
}

/// Kind of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignKind {
    /// A list of recipients.
    Campaign,
    /// One scheduled message of another system or an operator.
    Scheduled,
    /// One message that an agent scheduled in its conversation.
    Reminder,
}

impl CampaignKind {
    /// Returns the name of the kind, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Scheduled => "scheduled",
            Self::Reminder => "reminder",
        }
    }

    /// Returns the kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Campaign, Self::Scheduled, Self::Reminder].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// State of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignState {
    /// Recipients can be added.
    Draft,
    /// The campaign sends, or waits for its time.
    Running,
    /// The campaign waits for an operator.
    Paused,
    /// All recipients have a result, or their message is on its way to them.
    Finished,
    /// An operator ended the campaign.
    Cancelled,
}

impl CampaignState {
    /// All states, in the order of a campaign's life.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Running, Self::Paused, Self::Finished, Self::Cancelled];

    /// Returns the name of the state, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns the state with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Why a campaign is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// An operator paused it.
    Operator,
    /// Meta reported the spam limit of the number (131048).
    SpamLimit,
    /// Meta flagged the quality of the number.
    Quality,
    /// Meta paused, disabled or rejected the template.
    Template,
    /// Meta refused more than 5 % of the last 200 messages.
    Refusals,
    /// The messaging limit of the business is reached.
    MessagingLimit,
    /// The budget for Meta's charges is used.
    Budget,
    /// The database was restored from a backup, so messages may have been sent that it does not know.
    Restored,
}

impl PauseReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Operator,
        Self::SpamLimit,
        Self::Quality,
        Self::Template,
        Self::Refusals,
        Self::MessagingLimit,
        Self::Budget,
        Self::Restored,
    ];

    /// Returns the name of the reason, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::SpamLimit => "spam_limit",
            Self::Quality => "quality",
            Self::Template => "template",
            Self::Refusals => "refusals",
            Self::MessagingLimit => "messaging_limit",
            Self::Budget => "budget",
            Self::Restored => "restored",
        }
    }

    /// Returns the reason with this name.
    ///
    /// ```
    /// use waxwing_store::PauseReason;
    ///
    /// assert_eq!(PauseReason::parse("spam_limit"), Some(PauseReason::SpamLimit));
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// A change of a campaign's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignChange {
    /// A draft starts, after this time.
    Start(Duration),
    /// A running campaign is paused.
    Pause(PauseReason),
    /// A paused campaign goes on.
    Resume,
    /// A campaign that is not over ends.
    Cancel,
}

/// A campaign, as an operator sees it. `Debug` output contains no plan.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignRecord {
    /// Key of the campaign.
    pub id: CampaignId,
    /// Business number that sends.
    pub number: PhoneNumberId,
    /// Kind.
    pub kind: CampaignKind,
    /// Name for operators; empty for scheduled messages.
    pub name: String,
    /// State.
    pub state: CampaignState,
    /// Why the campaign is paused.
    pub reason: Option<PauseReason>,
    /// Content and schedule, as they were stored.
    pub plan: Bytes,
    /// Numbers of recipients by state.
    pub counts: RecipientCounts,
    /// Time before which nothing is sent. `None` for a draft.
    pub starts_at: Option<Timestamp>,
    /// Time at which the campaign was created.
    pub created_at: Timestamp,
    /// Time of the last change of the state.
    pub changed_at: Timestamp,
}

/// Limits of a visit of the feeder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitRequest {
    /// Largest number of campaigns.
    pub campaigns: usize,
    /// Largest number of messages of one campaign on their way, with those that the visit returns.
    pub ahead: u32,
    /// Time until the next visit of a campaign that has work.
    pub next_visit: Duration,
}

/// Campaigns that were due for a visit.
#[derive(Debug, Default)]
pub struct CampaignVisits {
    /// The campaigns that are still running.
    pub visits: Vec<CampaignVisit>,
    /// Campaigns that were finished.
    pub finished: Vec<CampaignId>,
    /// Time until the next campaign is due.
    pub next_due_in: Option<Duration>,
}

/// A running campaign with recipients to move. `Debug` output contains no plan.
pub struct CampaignVisit {
    /// Key of the campaign.
    pub id: CampaignId,
    /// Business number that sends.
    pub number: PhoneNumberId,
    /// Kind.
    pub kind: CampaignKind,
    /// Content and schedule.
    pub plan: Bytes,
    /// Recipients that are due, in the order of their times.
    pub waiting: Vec<WaitingRecipient>,
    /// The last 200 results of sends since the campaign was resumed, newest first; none for scheduled messages.
    pub results: Vec<SendResult>,
}

/// Result of a send of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendResult {
    /// Meta accepted the message, or the outcome is unknown.
    Sent,
    /// The message failed, with Meta's code if Meta gave one.
    Failed(Option<i64>),
}

/// Decision of the feeder about a waiting recipient.
#[derive(Debug, Clone)]
pub enum FeedDecision {
    /// The message is queued.
    Queue(Box<RecipientMessage>),
    /// The recipient is tried again after this time.
    Later(Duration),
    /// The recipient gets no message.
    Skip(SkipReason, String),
}

/// Message to a recipient. `Debug` output contains no content.
#[derive(Clone)]
pub struct RecipientMessage {
    /// Content.
    pub content: OutboundContent,
    /// Whether the recipient is skipped if the user wants no marketing messages.
    pub is_marketing: bool,
    /// Whether the recipient is skipped while the service window is closed. Meta accepts templates at any time.
    pub needs_window: bool,
    /// Handling of a conversation with something else to do. `None` queues the message at the end of the send queue.
    pub busy: Option<BusyPolicy>,
    /// Entry of the conversation log.
    pub log: NewLogEntry,
}

/// Handling of a recipient whose conversation has unanswered or queued messages, or a human handoff.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::BusyPolicy;
///
/// let policy = BusyPolicy { retry_after: Duration::from_secs(60), give_up_after: Duration::from_secs(3600) };
/// assert!(policy.retry_after < policy.give_up_after);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyPolicy {
    /// Time until the next try.
    pub retry_after: Duration,
    /// Time since the first try after which the recipient is skipped.
    pub give_up_after: Duration,
}

/// Outcome of a decision about a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedOutcome {
    /// The message is queued.
    Queued(OutboxId),
    /// The recipient is tried again later.
    Later,
    /// The recipient gets no message.
    Skipped(SkipReason),
    /// The campaign does not run any more, or the recipient does not wait.
    NotWaiting,
}

impl fmt::Debug for NewCampaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCampaign").field("number", &self.number).field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewScheduledMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewScheduledMessage")
            .field("target", &self.target)
            .field("data", &redact::length(&self.data))
            .field("send_in", &self.send_in)
            .field("idempotency", &self.idempotency)
            .finish()
    }
}

impl fmt::Debug for NewReminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewReminder")
            .field("key", &self.key)
            .field("data", &redact::length(&self.data))
            .field("send_in", &self.send_in)
            .finish()
    }
}

impl fmt::Debug for CampaignRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignRecord")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CampaignVisit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignVisit")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("kind", &self.kind)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RecipientMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientMessage")
            .field("kind", &self.content.kind())
            .field("is_marketing", &self.is_marketing)
            .field("needs_window", &self.needs_window)
            .field("busy", &self.busy)
            .finish_non_exhaustive()
    }
}
