//! Requests of the admin API.

use std::fmt;

use serde::{Deserialize, Serialize};
use waxwing::engine::{NextResponder, OperatorAction};
use waxwing::store::ConversationFilter;

use crate::selector::{ConversationRef, Selector};

/// Maximum number of rows in a response.
pub(crate) const MAX_ROWS: usize = 10_000;

/// Parameters of a list of messages.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutboxQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    pub(crate) limit: usize,
}

/// Parameters of a report of usage.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UsageRequest {
    /// `day`, `number`, `agent` or `category`.
    pub(crate) by: String,
    /// First day (UTC), such as `2026-11-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
}

/// A subscription to events.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SubscriptionKey {
    pub(crate) name: String,
}

/// Events to deliver again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RedeliveryRequest {
    /// Name of the subscription. All if none is given.
    pub(crate) name: Option<String>,
    /// Time of the first event in milliseconds since the Unix epoch.
    pub(crate) since: i64,
}

/// Parameters of a list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListQuery {
    pub(crate) limit: usize,
}

/// Selection of conversations.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationQuery {
    pub(crate) selector: Option<Selector>,
    pub(crate) is_paused: bool,
    #[serde(default)]
    pub(crate) marketing_stopped: bool,
    pub(crate) limit: usize,
}

impl ConversationQuery {
    pub(crate) fn filter(&self) -> ConversationFilter {
        match &self.selector {
            Some(selector) => selector.filter(),
            None if self.is_paused => ConversationFilter::Paused,
            None if self.marketing_stopped => ConversationFilter::MarketingStopped,
            None => ConversationFilter::All,
        }
    }
}

/// A conversation to show.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationKey {
    pub(crate) id: i64,
}

/// A part of a conversation log to read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LogQuery {
    pub(crate) id: i64,
    /// Position after the wanted entries.
    pub(crate) before: Option<i64>,
    pub(crate) limit: usize,
}

/// The history of an agent to read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HistoryQuery {
    pub(crate) id: i64,
    pub(crate) agent: String,
    pub(crate) limit: usize,
}

/// Messages of a conversation to look up.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MessageQuery {
    pub(crate) id: i64,
    pub(crate) messages: Vec<String>,
}

/// A medium to read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MediumKey {
    pub(crate) sha256: String,
}

/// A part of the log of a user to read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UserLogQuery {
    pub(crate) user: Selector,
    /// Conversation and id of the entry before the wanted entries.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) limit: usize,
}

/// An operator's action in a conversation. `Debug` output hides the text.
#[derive(Serialize, Deserialize)]
pub(crate) struct ActionRequest {
    pub(crate) conversation: ConversationRef,
    pub(crate) text: Option<String>,
    pub(crate) responder: NextResponder,
}

impl ActionRequest {
    pub(crate) fn new(conversation: ConversationRef, action: OperatorAction) -> Self {
        let OperatorAction { text, responder, .. } = action;
        Self { conversation, text, responder }
    }

    pub(crate) fn action(&self) -> OperatorAction {
        let action = OperatorAction::new(self.responder);
        self.text.iter().fold(action, OperatorAction::with_text)
    }
}

impl fmt::Debug for ActionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionRequest")
            .field("conversation", &self.conversation)
            .field("has_text", &self.text.is_some())
            .field("responder", &self.responder)
            .finish()
    }
}

/// The result of an operator's action.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ActionResponse {
    pub(crate) conversation: i64,
    /// The message in the outbox, if the action had a text.
    pub(crate) message: Option<i64>,
}
