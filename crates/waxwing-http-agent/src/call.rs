//! One call to the agent's program.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use waxwing_agent::{AgentError, RunContext};

use crate::answer;
use crate::endpoint::Endpoint;
use crate::event_stream::{EventStreamParser, ServerSentEvent};
use crate::signature::SignatureError;
use crate::unknown_fields;
use crate::wire::{self, WireAnswer, WireFailure, WireInterim, WireTurn};

/// Largest number of interim messages of a call.
const MAX_INTERIM: u32 = 32;

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// Idempotency key of the call.
    pub(crate) key: &'a str,
    pub(crate) ctx: &'a RunContext,
    /// Number of the last interim message that a call of this turn has sent. Later calls do not send messages up to this number again.
    pub(crate) sent: &'a AtomicU32,
}

impl Call<'_> {
    /// Posts the turn, sends interim messages to the user, and returns the answer.
    pub(crate) async fn run(&self, turn: &WireTurn) -> Result<WireAnswer, AgentError> {
        let response = self.post(turn).await?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(status_error(status)),
        }
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        let is_stream = content_type.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream");
        let answer = if is_stream { self.stream(response).await? } else { self.document(response).await? };
        // An invalid answer must not be recorded.
        answer::answer(&answer)?;
        Ok(answer)
    }

    async fn post(&self, turn: &WireTurn) -> Result<Response, AgentError> {
        let body = serde_json::to_vec(turn)?;
        let signature = self.endpoint.secret.sign(SystemTime::now(), &[&body]);
        let mut request = self
            .endpoint
            .client
            .post(self.endpoint.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header(wire::IDEMPOTENCY_KEY_HEADER, self.key)
            .header(wire::SIGNATURE_HEADER, signature)
            .body(body);
        if let Some(trace) = self.ctx.traceparent() {
            request = request.header(wire::TRACE_HEADER, trace);
        }
        request.send().await.map_err(connection_error)
    }

    async fn document(&self, mut response: Response) -> Result<WireAnswer, AgentError> {
        let signature = header(response.headers(), wire::SIGNATURE_HEADER).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response, body.len()).await? {
            body.extend_from_slice(&chunk);
        }
        self.verify(signature.as_deref(), &[self.key.as_bytes(), &body])?;
        parse(&body)
    }

    async fn stream(&self, mut response: Response) -> Result<WireAnswer, AgentError> {
        let (mut parser, mut length, mut number) = (EventStreamParser::default(), 0, 0);
        while let Some(chunk) = self.chunk(&mut response, length).await? {
            length += chunk.len();
            for event in parser.feed(&chunk) {
                number += 1;
                if let Some(answer) = self.event(&event, number).await? {
                    return Ok(answer);
                }
            }
        }
        Err(AgentError::retryable("the HTTP agent closed the connection before its answer"))
    }

    /// Handles an event of the stream. Returns the answer if the event is the answer.
    async fn event(&self, event: &ServerSentEvent, number: u32) -> Result<Option<WireAnswer>, AgentError> {
        let ServerSentEvent { name, id, data } = event;
        let signed = [self.key.as_bytes(), &number.to_string().into_bytes(), name.as_bytes(), data.as_bytes()];
        self.verify(Some(id), &signed)?;
        match name.as_str() {
            "message" if number > MAX_INTERIM => {
                Err(AgentError::new(format!("the HTTP agent sent more than {MAX_INTERIM} interim messages")))
            }
            "message" => {
                let interim: WireInterim = parse(data.as_bytes())?;
                let interim = answer::interim(&interim)?;
                if number > self.sent.load(Ordering::Relaxed) {
                    self.ctx.send_interim(interim).await?;
                    self.sent.store(number, Ordering::Relaxed);
                }
                Ok(None)
            }
            "reply" => parse(data.as_bytes()).map(Some),
            "error" => {
                let failure: WireFailure = parse(data.as_bytes())?;
                let error = if failure.retryable { AgentError::retryable } else { AgentError::new };
                Err(error("the HTTP agent reported an error").with_source(failure.message))
            }
            _ => Err(AgentError::new("the HTTP agent sent an unknown event")),
        }
    }

    /// Reads the next bytes of a response, of which `length` bytes have been read.
    async fn chunk(&self, response: &mut Response, length: usize) -> Result<Option<Bytes>, AgentError> {
        let chunk = response.chunk().await.map_err(connection_error)?;
        if chunk.as_ref().is_some_and(|chunk| length + chunk.len() > self.endpoint.limits.response_bytes) {
            return Err(AgentError::new("the answer of the HTTP agent is too large"));
        }
        Ok(chunk)
    }

    fn verify(&self, signature: Option<&str>, signed: &[&[u8]]) -> Result<(), AgentError> {
        let Endpoint { secret, limits, .. } = self.endpoint;
        let error =
            |error: SignatureError| AgentError::new(format!("the answer of the HTTP agent is untrusted: {error}"));
        secret.verify(signature, signed, SystemTime::now(), limits.signature_window).map_err(error)
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Parses a document of the contract, and names unknown fields in the log. The parser's message is the source of the error, because it may quote
/// the document.
fn parse<T: Serialize + DeserializeOwned>(document: &[u8]) -> Result<T, AgentError> {
    let message = "the answer of the HTTP agent does not follow the contract";
    let error = |error: serde_json::Error| AgentError::new(message).with_source(error);
    let document: Value = serde_json::from_slice(document).map_err(error)?;
    let parsed: T = T::deserialize(&document).map_err(error)?;
    let fields = unknown_fields::find(&document, &serde_json::to_value(&parsed).map_err(error)?);
    if !fields.is_empty() {
        tracing::warn!(?fields, "answer of the HTTP agent has unknown fields; ignoring them");
    }
    Ok(parsed)
}

fn status_error(status: StatusCode) -> AgentError {
    let error = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => AgentError::outage,
        StatusCode::REQUEST_TIMEOUT => AgentError::retryable,
        status if status.is_server_error() => AgentError::retryable,
        _ => AgentError::new,
    };
    error(format!("the HTTP agent answered with HTTP {}", status.as_u16()))
}

/// Leaves out the URL, which may contain a secret.
fn connection_error(error: reqwest::Error) -> AgentError {
    let is_unreachable = error.is_connect();
    let message =
        if is_unreachable { "the HTTP agent is unreachable" } else { "the connection to the HTTP agent failed" };
    let create = if is_unreachable { AgentError::outage } else { AgentError::retryable };
    create(message).with_source(error.without_url())
}
