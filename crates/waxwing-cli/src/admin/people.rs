//! What goes over the interface about people and their conversations.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use waxwing::engine::{NextResponder, OperatorAction};
use waxwing::store::{
    ConversationFilter, ConversationId, ConversationRecord, ConversationRow, ConversationTarget, ErasureReport, Peer,
    SessionRecord, Timestamp, UserIdentity, UserKey, UserRecord, UserReport,
};
use waxwing::types::{Bsuid, PhoneNumberId, UserProfile, WaId};

/// Selector, or what, a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Selector {
    /// A conversation, by its key.
    Conversation(i64),
    /// A user, by the digits of the phone number.
    Phone(String),
    /// A user, by the business-scoped id.
    Bsuid(String),
}

/// The shortest phone number, in digits.
const PHONE: usize = 7;

impl FromStr for Selector {
    type Err = &'static str;

    /// `+34 600…` and seven digits or more are a phone number, `ES.123…` is a business-scoped id, `#7` and `7` are a conversation.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(Ok(id)) = text.strip_prefix('#').map(str::parse) {
            return Ok(Self::Conversation(id));
        }
        let is_bsuid = |country: &str, id: &str| {
            country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()) && !id.is_empty()
        };
        if text.split_once('.').is_some_and(|(country, id)| is_bsuid(country, id)) {
            return Ok(Self::Bsuid(text.to_owned()));
        }
        let digits: String = text.chars().filter(|c| !" -()".contains(*c)).collect();
        let (is_phone, digits) = digits.strip_prefix('+').map_or((false, &*digits), |digits| (true, digits));
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("write a phone number, a business-scoped id like ES.1234, or the number of a conversation");
        }
        if is_phone || digits.len() >= PHONE {
            return Ok(Self::Phone(digits.to_owned()));
        }
        Ok(Self::Conversation(digits.parse().expect("six digits are a number")))
    }
}

impl Selector {
    /// The user, if it is one.
    pub(crate) fn user(&self) -> Option<UserKey> {
        match self {
            Self::Conversation(_) => None,
            Self::Phone(digits) => Some(UserKey::Phone(WaId::new(digits))),
            Self::Bsuid(id) => Some(UserKey::Bsuid(Bsuid::new(id))),
        }
    }

    /// Their conversations, or the one.
    pub(crate) fn which(&self) -> ConversationFilter {
        match self {
            Self::Conversation(id) => ConversationFilter::Id(ConversationId(*id)),
            Self::Phone(digits) => ConversationFilter::User(UserKey::Phone(WaId::new(digits))),
            Self::Bsuid(id) => ConversationFilter::User(UserKey::Bsuid(Bsuid::new(id))),
        }
    }
}

/// Where somebody takes part.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActionTarget {
    /// In a conversation.
    Conversation(i64),
    /// In that of a user with a business number.
    User { number: String, user: Selector },
}

impl From<ActionTarget> for ConversationTarget {
    fn from(to: ActionTarget) -> Self {
        match to {
            ActionTarget::Conversation(id) | ActionTarget::User { user: Selector::Conversation(id), .. } => {
                Self::Conversation(ConversationId(id))
            }
            ActionTarget::User { number, user: Selector::Phone(digits) } => {
                let user = UserProfile::from(WaId::new(digits));
                Self::User(PhoneNumberId::new(number), user)
            }
            ActionTarget::User { number, user: Selector::Bsuid(id) } => {
                let user = UserProfile::from(Bsuid::new(id));
                Self::User(PhoneNumberId::new(number), user)
            }
        }
    }
}

/// What somebody does in a conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ActionRequest {
    pub(super) to: ActionTarget,
    pub(super) words: Option<String>,
    pub(super) answers: NextResponder,
}

impl ActionRequest {
    pub(super) fn split(self) -> (ConversationTarget, OperatorAction) {
        let action = OperatorAction::new(self.answers);
        let action = self.words.into_iter().fold(action, OperatorAction::with_text);
        (self.to.into(), action)
    }
}

/// Which conversations are asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationQuery {
    pub(super) selector: Option<Selector>,
    pub(super) is_paused: bool,
    pub(super) limit: usize,
}

impl ConversationQuery {
    pub(super) fn which(&self) -> ConversationFilter {
        match &self.selector {
            Some(selector) => selector.which(),
            None if self.is_paused => ConversationFilter::Paused,
            None => ConversationFilter::All,
        }
    }
}

/// A conversation. All times are milliseconds since the Unix epoch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationView {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) user: Option<UserView>,
    pub(crate) group: Option<String>,
    /// Until when a person answers; the greatest number for until somebody resumes.
    pub(crate) paused_until: Option<i64>,
    pub(crate) waiting: u32,
    pub(crate) created_at: i64,
}

impl From<ConversationRow> for ConversationView {
    fn from(row: ConversationRow) -> Self {
        let (user, group) = match row.peer {
            Peer::User(person) => (Some(person.into()), None),
            Peer::Group(id) => (None, Some(id.as_str().to_owned())),
        };
        Self {
            id: row.id.0,
            number: row.number.as_str().to_owned(),
            user,
            group,
            paused_until: row.paused_until.map(Timestamp::as_millis),
            waiting: row.waiting,
            created_at: row.created_at.as_millis(),
        }
    }
}

/// What a user is known by.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UserView {
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
}

impl From<UserIdentity> for UserView {
    fn from(person: UserIdentity) -> Self {
        Self {
            phone: person.wa_id.map(|id| id.as_str().to_owned()),
            bsuid: person.bsuid.map(|id| id.as_str().to_owned()),
            name: person.name,
            username: person.username,
        }
    }
}

/// What is kept of a person.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UserDataView {
    pub(crate) users: Vec<KnownUserView>,
    pub(crate) conversations: Vec<ConversationDataView>,
    /// Messages that they wrote in groups.
    pub(crate) group_messages: u32,
}

/// A user, and since when they are known.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownUserView {
    #[serde(flatten)]
    pub(crate) user: UserView,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) known_since: i64,
}

/// What is kept of a conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationDataView {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) received: u32,
    pub(crate) sent: u32,
    pub(crate) sessions: Vec<SessionView>,
    pub(crate) memories: Vec<MemoryView>,
}

/// What is kept of a session.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SessionView {
    pub(crate) agent: String,
    pub(crate) label: String,
    pub(crate) is_current: bool,
    pub(crate) entries: u32,
    pub(crate) state: Value,
    pub(crate) used_at: i64,
}

/// What an agent keeps across sessions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MemoryView {
    pub(crate) agent: String,
    pub(crate) memory: Map<String, Value>,
}

impl From<UserReport> for UserDataView {
    fn from(record: UserReport) -> Self {
        Self {
            users: record.users.into_iter().map(KnownUserView::from).collect(),
            conversations: record.conversations.into_iter().map(ConversationDataView::from).collect(),
            group_messages: record.group_messages,
        }
    }
}

impl From<UserRecord> for KnownUserView {
    fn from(record: UserRecord) -> Self {
        Self {
            user: record.identity.into(),
            parent_bsuid: record.parent_bsuid.map(|id| id.as_str().to_owned()),
            known_since: record.known_since.as_millis(),
        }
    }
}

impl From<ConversationRecord> for ConversationDataView {
    fn from(record: ConversationRecord) -> Self {
        Self {
            id: record.row.id.0,
            number: record.row.number.as_str().to_owned(),
            received: record.received,
            sent: record.sent,
            sessions: record.sessions.into_iter().map(SessionView::from).collect(),
            memories: record
                .memories
                .into_iter()
                .map(|(agent, body)| MemoryView { agent, memory: serde_json::from_slice(&body).unwrap_or_default() })
                .collect(),
        }
    }
}

impl From<SessionRecord> for SessionView {
    fn from(record: SessionRecord) -> Self {
        let state = record.state.and_then(|state| serde_json::from_slice(&state).ok());
        Self {
            agent: record.agent,
            label: record.label,
            is_current: record.is_current,
            entries: record.entries,
            state: state.unwrap_or_default(),
            used_at: record.used_at.as_millis(),
        }
    }
}

/// What was erased of a person.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ErasureReportView {
    pub(crate) conversations: usize,
    pub(crate) received: usize,
    pub(crate) sent: usize,
    pub(crate) statuses: usize,
    pub(crate) sessions: usize,
    pub(crate) quarantine: usize,
}

impl From<ErasureReport> for ErasureReportView {
    fn from(forgotten: ErasureReport) -> Self {
        Self {
            conversations: forgotten.conversations.len(),
            received: forgotten.received,
            sent: forgotten.sent,
            statuses: forgotten.statuses,
            sessions: forgotten.sessions,
            quarantine: forgotten.quarantine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn whom_is_told_by_its_form() {
        let phone = |digits: &str| Ok(Selector::Phone(digits.into()));
        for (text, expected) in [
            ("+34 600-000-000", phone("34600000000")),
            ("34600000000", phone("34600000000")),
            ("+123", phone("123")),
            ("ES.1234", Ok(Selector::Bsuid("ES.1234".into()))),
            ("US.ENT.7", Ok(Selector::Bsuid("US.ENT.7".into()))),
            ("7", Ok(Selector::Conversation(7))),
            ("#12345678", Ok(Selector::Conversation(12_345_678))),
        ] {
            assert_eq!(text.parse::<Selector>(), expected, "{text}");
        }
        for text in ["", "+", "Ana", "es.1", "ES.", "#", "#a", "34.600"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}
