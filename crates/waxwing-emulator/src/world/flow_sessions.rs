//! Flows that users have open on their phones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::NumberIndex;
use crate::timeline::{EmulatedUserId, WebhookSubject};

/// Flow that a user has opened. A user has one flow open at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowSession {
    /// Message that opened the flow.
    pub(crate) message: String,
    /// Id of the flow.
    pub(crate) flow: String,
    pub(crate) number: NumberIndex,
    pub(crate) token: Option<String>,
    /// Screen that the user sees.
    pub(crate) screen: Option<String>,
    /// Data of the screen.
    pub(crate) data: Value,
    pub(crate) state: FlowSessionState,
    /// Number of the exchange whose answer the session waits for.
    pub(crate) exchange: u64,
}

/// State of an open flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FlowSessionState {
    /// The endpoint has not answered yet.
    Waiting,
    /// The user sees a screen.
    Open,
    /// The endpoint ended the flow, and the user's answers were sent.
    Completed,
    /// The user sees an error. The text is its reason.
    Failed(String),
}

impl FlowSessionState {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
        }
    }
}

/// Request to an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EndpointRequest {
    pub(crate) uri: String,
    /// Number whose public key encrypts the request.
    pub(crate) number: NumberIndex,
    /// Message that opened the flow, for the exchange log.
    pub(crate) subject: Option<WebhookSubject>,
    pub(crate) payload: Value,
}

/// Reason why an exchange with an endpoint has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("the number has no public key; set one with whatsapp_business_encryption")]
    NoKey,
    #[error("the endpoint {0} does not answer within 10 seconds")]
    TimedOut(String),
    #[error("the endpoint {0} cannot be reached, or breaks off its answer")]
    Unreachable(String),
    #[error("the endpoint answers with status {status}{}", .message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Status { status: u16, message: Option<String> },
    #[error(
        "the answer of the endpoint cannot be decrypted: it must be Base64 of AES-128-GCM with the flipped initial vector"
    )]
    NotDecryptable,
    #[error("the endpoint answers to a health check without {{\"data\": {{\"status\": \"active\"}}}}")]
    NotActive,
}

/// Open flows by user.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowSessions {
    open: BTreeMap<EmulatedUserId, FlowSession>,
    /// Number of exchanges with endpoints.
    exchanges: u64,
}

impl FlowSessions {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EmulatedUserId, &FlowSession)> {
        self.open.iter()
    }

    pub(crate) fn get(&self, user: EmulatedUserId) -> Option<&FlowSession> {
        self.open.get(&user)
    }

    /// Records that a session waits for an answer. Returns the number of the exchange.
    pub(crate) fn wait(&mut self, user: EmulatedUserId) -> u64 {
        self.exchanges += 1;
        if let Some(session) = self.open.get_mut(&user) {
            session.state = FlowSessionState::Waiting;
            session.exchange = self.exchanges;
        }
        self.exchanges
    }

    /// Returns the session that waits for the answer of an exchange. A later session of the user does not.
    pub(crate) fn waiting(&self, user: EmulatedUserId, exchange: u64) -> Option<&FlowSession> {
        self.get(user).filter(|it| it.exchange == exchange && it.state == FlowSessionState::Waiting)
    }

    /// Opens a flow, which closes the one that the user had open.
    pub(crate) fn open(&mut self, user: EmulatedUserId, session: FlowSession) {
        self.open.insert(user, session);
    }
}
