//! Data of users.

use std::fmt;

use serde::{Deserialize, Serialize};
use waxwing::store::{ErasureReport, UserRecord, UserReport};

use super::conversation::ConversationDataView;
use super::identity::UserView;

/// Data that is stored about a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserDataView {
    /// Users with this phone number or id: several if a phone number has had several owners.
    pub users: Vec<KnownUserView>,
    /// One-to-one conversations of the users.
    pub conversations: Vec<ConversationDataView>,
    /// Number of messages that the users wrote in groups.
    pub group_messages: u32,
}

impl From<UserReport> for UserDataView {
    fn from(report: UserReport) -> Self {
        Self {
            users: report.users.into_iter().map(KnownUserView::from).collect(),
            conversations: report.conversations.into_iter().map(ConversationDataView::from).collect(),
            group_messages: report.group_messages,
        }
    }
}

/// A stored user. `Debug` output hides all ids and names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownUserView {
    /// Ids and names.
    #[serde(flatten)]
    pub user: UserView,
    /// Business-scoped user id across linked business portfolios.
    pub parent_bsuid: Option<String>,
    /// Time at which the user was first seen, in milliseconds since the Unix epoch.
    pub known_since: i64,
}

impl From<UserRecord> for KnownUserView {
    fn from(record: UserRecord) -> Self {
        Self {
            parent_bsuid: record.identity.parent_bsuid.as_ref().map(|id| id.as_str().to_owned()),
            user: record.identity.into(),
            known_since: record.known_since.as_millis(),
        }
    }
}

impl fmt::Debug for KnownUserView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownUserView").field("known_since", &self.known_since).finish_non_exhaustive()
    }
}

/// Numbers of rows that an erasure removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasureView {
    /// Conversations.
    pub conversations: usize,
    /// Received messages.
    pub received: usize,
    /// Sent messages.
    pub sent: usize,
    /// Delivery statuses.
    pub statuses: usize,
    /// Entries of the conversation log.
    pub entries: usize,
    /// Sessions.
    pub sessions: usize,
    /// Quarantined items.
    pub quarantine: usize,
    /// Recipients of campaigns, and scheduled messages.
    #[serde(default)]
    pub recipients: usize,
}

impl From<ErasureReport> for ErasureView {
    fn from(report: ErasureReport) -> Self {
        Self {
            conversations: report.conversations.len(),
            received: report.received,
            sent: report.sent,
            statuses: report.statuses,
            entries: report.entries,
            sessions: report.sessions,
            quarantine: report.quarantine,
            recipients: report.recipients,
        }
    }
}
