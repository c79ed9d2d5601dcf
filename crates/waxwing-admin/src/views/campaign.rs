//! Views of campaigns, also of those of one message.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing::store::{
    AddedRecipients, CampaignRecord, PauseReason, RecipientRecord, ScheduledMessage, SkipReason, Timestamp,
};

/// A campaign with its report. `Debug` output contains no content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CampaignView {
    /// Id of the campaign.
    pub id: i64,
    /// Id of the business number that sends.
    pub number: String,
    /// Name for operators.
    pub name: String,
    /// State: `draft`, `running`, `paused`, `finished` or `cancelled`.
    pub state: String,
    /// Why the campaign is paused, such as `operator`, `refusals` or `budget`.
    pub reason: Option<String>,
    /// Number of recipients.
    pub recipients: u32,
    /// Numbers of recipients by state. States without recipients are left out.
    pub counts: BTreeMap<String, u32>,
    /// Content, quiet hours and rate, as they were created.
    pub plan: Value,
    /// Time before which nothing is sent, in milliseconds since the Unix epoch. `None` for a draft.
    pub starts_at: Option<i64>,
    /// Time at which the campaign was created, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Time of the last change of the state, in milliseconds since the Unix epoch.
    pub changed_at: i64,
}

/// A recipient with its result. `Debug` output contains no address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecipientView {
    /// Order in the list, from 1.
    pub place: u32,
    /// Phone number or business-scoped user id.
    pub address: String,
    /// State, such as `waiting`, `delivered` or `unknown`.
    pub state: String,
    /// Why the recipient gets no message, such as `marketing_stopped` or `busy`.
    pub reason: Option<String>,
    /// Meta's code of a failure.
    pub code: Option<i64>,
    /// Reason of a failure in words.
    pub error: Option<String>,
    /// Id of the message, for `GET /v1/messages/{id}`.
    pub message: Option<i64>,
}

/// Result of adding recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddedView {
    /// Number of added recipients.
    pub added: u32,
    /// Number of recipients of the campaign.
    pub total: u32,
    /// Positions in the request of recipients that the campaign has already, from 0.
    pub duplicates: Vec<usize>,
}

/// A message that was scheduled, now or by an earlier request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScheduledView {
    /// Id of the scheduled message, for `GET /v1/scheduled/{id}`.
    pub scheduled: i64,
    /// Key of the conversation.
    pub conversation: String,
    /// Whether an earlier request with the same idempotency key scheduled the message.
    pub repeated: bool,
}

/// State of a scheduled message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScheduledStateView {
    /// Id of the scheduled message.
    pub id: i64,
    /// Id of the business number that sends.
    pub number: String,
    /// `scheduled`, or `reminder` for a message that an agent scheduled.
    pub kind: String,
    /// State, such as `waiting`, `queued`, `sent`, `skipped` or `cancelled`.
    pub state: String,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub send_at: Option<i64>,
    /// Why the message is not sent, such as `no_window`.
    pub reason: Option<String>,
    /// Meta's code of a failure.
    pub code: Option<i64>,
    /// Reason of a failure in words.
    pub error: Option<String>,
    /// Id of the message once it is queued, for `GET /v1/messages/{id}`.
    pub message: Option<i64>,
}

impl From<CampaignRecord> for CampaignView {
    fn from(record: CampaignRecord) -> Self {
        Self {
            id: record.id.0,
            number: record.number.as_str().to_owned(),
            name: record.name,
            state: record.state.as_str().to_owned(),
            reason: record.reason.map(|reason: PauseReason| reason.as_str().to_owned()),
            recipients: record.counts.total(),
            counts: record.counts.iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect(),
            plan: serde_json::from_slice(&record.plan).unwrap_or_default(),
            starts_at: record.starts_at.map(Timestamp::as_millis),
            created_at: record.created_at.as_millis(),
            changed_at: record.changed_at.as_millis(),
        }
    }
}

impl From<RecipientRecord> for RecipientView {
    fn from(record: RecipientRecord) -> Self {
        Self {
            place: record.place,
            address: record.address,
            state: record.state.as_str().to_owned(),
            reason: record.reason.map(|reason: SkipReason| reason.as_str().to_owned()),
            code: record.error.as_ref().and_then(|error| error.code),
            error: record.error.map(|error| error.message),
            message: record.message.map(|id| id.0),
        }
    }
}

impl From<AddedRecipients> for AddedView {
    fn from(AddedRecipients { added, total, duplicates }: AddedRecipients) -> Self {
        Self { added, total, duplicates }
    }
}

impl From<ScheduledMessage> for ScheduledView {
    fn from(message: ScheduledMessage) -> Self {
        Self { scheduled: message.campaign.0, conversation: message.conversation_key, repeated: message.is_repeated }
    }
}

impl ScheduledStateView {
    pub(crate) fn new(record: &CampaignRecord, recipient: Option<RecipientRecord>) -> Self {
        let recipient = recipient.map(RecipientView::from);
        let found = recipient.as_ref();
        Self {
            id: record.id.0,
            number: record.number.as_str().to_owned(),
            kind: record.kind.as_str().to_owned(),
            state: found.map_or_else(|| record.state.as_str().to_owned(), |found| found.state.clone()),
            send_at: record.starts_at.map(Timestamp::as_millis),
            reason: found.and_then(|found| found.reason.clone()),
            code: found.and_then(|found| found.code),
            error: found.and_then(|found| found.error.clone()),
            message: found.and_then(|found| found.message),
        }
    }
}

impl fmt::Debug for CampaignView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignView")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("state", &self.state)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RecipientView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientView")
            .field("place", &self.place)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
