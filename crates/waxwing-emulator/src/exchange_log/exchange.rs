//! Exchange: one HTTP request with its response.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use super::body::RecordedBody;
use super::headers::RecordedHeaders;
use crate::fault::{FaultId, GraphEndpoint};
use crate::rules::Rule;
use crate::timeline::EmulatedUserId;

/// Kind of an [`Exchange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExchangeKind {
    /// Call of the Graph API by the server under test.
    Graph,
    /// Request of the emulator to the webhook.
    Webhook,
}

/// One HTTP request and its response: a call of the Graph API, or one attempt of a webhook.
///
/// The emulator keeps the latest 5,000 exchanges, at most 64 MiB. Headers contain no access token; bodies are as they were sent.
/// `Debug` shows neither headers nor bodies.
pub struct Exchange {
    pub(super) seq: u64,
    pub(super) kind: ExchangeKind,
    pub(super) at: SystemTime,
    pub(super) request: ExchangeRequest,
    pub(super) outcome: ExchangeOutcome,
}

/// Recorded exchange, as an extension of its response.
#[derive(Debug, Clone)]
pub(crate) struct Recorded(pub(crate) Arc<Exchange>);

/// Recorded request.
pub(crate) struct ExchangeRequest {
    pub(crate) method: String,
    /// Path as the caller sent it.
    pub(crate) path: String,
    /// Query without secrets.
    pub(crate) query: Option<String>,
    /// URL of a webhook.
    pub(crate) url: Option<String>,
    pub(crate) headers: RecordedHeaders,
    pub(crate) body: RecordedBody,
    /// Whether the access token was right. `None` for a request without a token.
    pub(crate) has_right_token: Option<bool>,
}

/// Recorded response.
pub(crate) struct ExchangeResponse {
    pub(crate) status: u16,
    pub(crate) headers: RecordedHeaders,
    pub(crate) body: RecordedBody,
}

/// Everything that is known about an exchange after its end.
#[derive(Default)]
pub(crate) struct ExchangeOutcome {
    /// Response. `None` if the caller got none.
    pub(crate) response: Option<ExchangeResponse>,
    /// Reason why there was no response, or no whole one.
    pub(crate) error: Option<String>,
    pub(crate) duration: Duration,
    pub(crate) endpoint: Option<GraphEndpoint>,
    pub(crate) rule: Option<Rule>,
    pub(crate) fault: Option<FaultId>,
    pub(crate) user: Option<EmulatedUserId>,
    pub(crate) messages: Vec<String>,
    /// Number of the attempt of a webhook.
    pub(crate) attempt: Option<u32>,
}

impl Exchange {
    /// Size of an exchange without headers and bodies, in bytes.
    const BASE_SIZE: usize = 512;

    pub(crate) fn new(
        seq: u64,
        kind: ExchangeKind,
        at: SystemTime,
        request: ExchangeRequest,
        outcome: ExchangeOutcome,
    ) -> Self {
        Self { seq, kind, at, request, outcome }
    }

    /// Returns the memory of an exchange in bytes.
    pub(crate) fn size(request: &ExchangeRequest, outcome: &ExchangeOutcome) -> usize {
        let texts = [Some(&request.path), request.query.as_ref(), request.url.as_ref(), outcome.error.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let messages: usize = outcome.messages.iter().map(|message| message.len() + size_of::<String>()).sum();
        let response = outcome.response.as_ref();
        let response = response.map_or(0, |response| response.headers.size() + response.body.bytes().len());
        Self::BASE_SIZE + texts + messages + request.headers.size() + request.body.bytes().len() + response
    }

    /// Returns the recorded request, for a repetition.
    pub(crate) fn request(&self) -> &ExchangeRequest {
        &self.request
    }

    /// Returns the sequence number, starting at 1. Graph calls and webhooks share the numbers, which follow the ends of the exchanges.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the kind.
    pub fn kind(&self) -> ExchangeKind {
        self.kind
    }

    /// Returns the time at which the request began, by the emulator's clock.
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// Returns the real time from the beginning of the request to the response.
    pub fn duration(&self) -> Duration {
        self.outcome.duration
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &str {
        &self.request.method
    }

    /// Returns the path as the caller sent it, such as `/v25.0/1000001/messages`.
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// Returns the query, in which secrets are replaced by `…`.
    pub fn query(&self) -> Option<&str> {
        self.request.query.as_deref()
    }

    /// Returns the first value of a header of the request. `name` is in lower case.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name)
    }

    /// Returns the body of the request. The body is empty if it was larger than 1 MiB.
    pub fn request_body(&self) -> &[u8] {
        self.request.body.bytes()
    }

    /// Returns the body of the request as JSON, or `None` if the body is not JSON.
    pub fn request_json(&self) -> Option<Value> {
        serde_json::from_slice(self.request_body()).ok()
    }

    /// Returns the HTTP status of the response, or `None` if there was no response.
    pub fn status(&self) -> Option<u16> {
        self.outcome.response.as_ref().map(|response| response.status)
    }

    /// Returns the first value of a header of the response. `name` is in lower case.
    pub fn response_header(&self, name: &str) -> Option<&str> {
        self.outcome.response.as_ref()?.headers.get(name)
    }

    /// Returns the body of the response. The body is empty if it was larger than 1 MiB, or if there was no response.
    pub fn response_body(&self) -> &[u8] {
        self.outcome.response.as_ref().map_or(&[], |response| response.body.bytes())
    }

    /// Returns the body of the response as JSON, or `None` if the body is not JSON.
    pub fn response_json(&self) -> Option<Value> {
        serde_json::from_slice(self.response_body()).ok()
    }

    /// Returns the reason why there was no response, or no whole one.
    pub fn error(&self) -> Option<&str> {
        self.outcome.error.as_deref()
    }

    /// Returns the group of a call of the Graph API.
    pub fn endpoint(&self) -> Option<GraphEndpoint> {
        self.outcome.endpoint
    }

    /// Returns the rule that refused a call.
    pub fn rule(&self) -> Option<Rule> {
        self.outcome.rule
    }

    /// Returns the fault that took effect. The effects of [`next_send`](crate::Emulator::next_send) have no id.
    pub fn fault(&self) -> Option<FaultId> {
        self.outcome.fault
    }

    /// Returns the emulated user whom the exchange concerns. A webhook for several users names the first one.
    pub fn user(&self) -> Option<EmulatedUserId> {
        self.outcome.user
    }

    /// Returns the ids of the messages that the exchange concerns.
    pub fn messages(&self) -> &[String] {
        &self.outcome.messages
    }

    /// Returns the number of the attempt of a webhook, starting at 1.
    pub fn attempt(&self) -> Option<u32> {
        self.outcome.attempt
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("seq", &self.seq)
            .field("kind", &self.kind)
            .field("method", &self.request.method)
            .field("path", &self.request.path)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
