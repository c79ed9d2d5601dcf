//! Recording of webhook requests in the exchange log.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use reqwest::Url;

use crate::error::Error;
use crate::exchange_log::{
    Exchange, ExchangeKind, ExchangeOutcome, ExchangeRequest, ExchangeResponse, RecordedBody, RecordedHeaders,
    redaction,
};
use crate::fault::FaultId;
use crate::shared::Shared;
use crate::timeline::WebhookSubject;
use crate::webhook::response::WebhookResponse;
use crate::webhook::target::{META_USER_AGENT, WebhookTarget};

/// Attempt of a webhook, as its exchange shows it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WebhookAttempt<'a> {
    pub(crate) subjects: &'a [WebhookSubject],
    /// Number of the attempt, starting at 1. `None` for a request that is sent once.
    pub(crate) number: Option<u32>,
    pub(crate) fault: Option<FaultId>,
    /// Reason why the emulator counts no response.
    pub(crate) lost: Option<&'static str>,
}

/// Request to a webhook that is being recorded.
#[derive(Debug)]
pub(crate) struct WebhookRecorder {
    at: SystemTime,
    started: Instant,
    method: &'static str,
    url: String,
    query: Option<String>,
    headers: RecordedHeaders,
    body: Bytes,
}

impl WebhookRecorder {
    /// Starts to record a POST request.
    pub(crate) fn post(shared: &Shared, target: &WebhookTarget, headers: &[(&str, &str)], body: &Bytes) -> Self {
        let own: Vec<_> = headers.iter().copied().chain([("user-agent", META_USER_AGENT)]).collect();
        Self {
            at: shared.clock.now(),
            started: Instant::now(),
            method: "POST",
            url: target.url(),
            query: None,
            headers: RecordedHeaders::of_pairs(&own),
            body: body.clone(),
        }
    }

    /// Starts to record a verification request.
    pub(crate) fn get(shared: &Shared, target: &WebhookTarget, query: &[(&str, &str)]) -> Self {
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = Some(redaction::query(&query.join("&")));
        Self { method: "GET", query, ..Self::post(shared, target, &[], &Bytes::new()) }
    }

    /// Records the response, or the error in its place.
    pub(crate) fn end(
        self,
        shared: &Shared,
        attempt: WebhookAttempt<'_>,
        response: Option<&Result<WebhookResponse, Error>>,
    ) -> Arc<Exchange> {
        let error = response.and_then(|response| response.as_ref().err()).map(reason);
        let response = response.and_then(|response| response.as_ref().ok()).map(|response| ExchangeResponse {
            status: response.status,
            headers: RecordedHeaders::of(&response.headers),
            body: RecordedBody::Whole(Bytes::from(response.body.clone())),
        });
        let request = ExchangeRequest {
            method: self.method.to_owned(),
            path: Url::parse(&self.url).map_or_else(|_| String::new(), |url| url.path().to_owned()),
            query: self.query,
            url: Some(self.url),
            headers: self.headers,
            body: RecordedBody::of(&self.body),
            has_right_token: None,
        };
        let outcome = ExchangeOutcome {
            response,
            error: attempt.lost.map(str::to_owned).or(error),
            duration: self.started.elapsed(),
            fault: attempt.fault,
            user: attempt.subjects.iter().find_map(WebhookSubject::user),
            messages: messages(attempt.subjects),
            attempt: attempt.number,
            ..ExchangeOutcome::default()
        };
        let size = Exchange::size(&request, &outcome);
        let log = &shared.logs.exchanges;
        log.push(size, |seq| Exchange::new(seq, ExchangeKind::Webhook, self.at, request, outcome))
    }
}

fn messages(subjects: &[WebhookSubject]) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for message in subjects.iter().filter_map(WebhookSubject::message) {
        if !messages.iter().any(|known| known == message) {
            messages.push(message.to_owned());
        }
    }
    messages
}

/// Returns the cause of an error, which names the failure of the connection.
fn reason(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
