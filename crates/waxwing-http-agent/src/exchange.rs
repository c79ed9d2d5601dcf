//! One call: posted, and its answer read, checked and understood.

use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use waxwing_agent::{AgentError, RunContext};

use crate::sse::{Event, Parser};
use crate::{HttpAgent, SignatureError, answer, wire};

/// The most that is said before an answer.
const MAX_INTERIM: u32 = 32;

/// A call.
pub(crate) struct Exchange<'a> {
    pub(crate) agent: &'a HttpAgent,
    /// Names the call.
    pub(crate) key: &'a str,
    pub(crate) ctx: &'a RunContext,
}

impl Exchange<'_> {
    /// Asks, passes on what is said before the answer, and returns the answer.
    pub(crate) async fn run(&self, turn: &wire::WireTurn) -> Result<wire::WireAnswer, AgentError> {
        let response = self.post(turn).await?;
        match response.status() {
            StatusCode::OK => {}
            status => return Err(refused(status)),
        }
        let content_type = header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        let is_stream = content_type.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream");
        let answer = if is_stream { self.stream(response).await? } else { self.document(response).await? };
        // What cannot be used is not recorded.
        answer::reply(&answer.parts)?;
        Ok(answer)
    }

    async fn post(&self, turn: &wire::WireTurn) -> Result<Response, AgentError> {
        let body = serde_json::to_vec(turn)?;
        let signature = self.agent.secret.sign(SystemTime::now(), &[&body]);
        let request = self
            .agent
            .client
            .post(self.agent.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header(wire::IDEMPOTENCY_KEY_HEADER, self.key)
            .header(wire::SIGNATURE_HEADER, signature)
            .body(body);
        request.send().await.map_err(broken)
    }

    async fn document(&self, mut response: Response) -> Result<wire::WireAnswer, AgentError> {
        let signature = header(response.headers(), wire::SIGNATURE_HEADER).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response, body.len()).await? {
            body.extend_from_slice(&chunk);
        }
        self.verify(signature.as_deref(), &[self.key.as_bytes(), &body])?;
        parsed(&body)
    }

    async fn stream(&self, mut response: Response) -> Result<wire::WireAnswer, AgentError> {
        let (mut parser, mut length, mut number) = (Parser::default(), 0, 0);
        while let Some(chunk) = self.chunk(&mut response, length).await? {
            length += chunk.len();
            for event in parser.feed(&chunk) {
                number += 1;
                if let Some(answer) = self.take(&event, number).await? {
                    return Ok(answer);
                }
            }
        }
        Err(AgentError::retryable("the HTTP agent hung up before its answer"))
    }

    /// Takes an event; the answer if it is that.
    async fn take(&self, event: &Event, number: u32) -> Result<Option<wire::WireAnswer>, AgentError> {
        let Event { name, id, data } = event;
        let signed = [self.key.as_bytes(), &number.to_string().into_bytes(), name.as_bytes(), data.as_bytes()];
        self.verify(Some(id), &signed)?;
        match name.as_str() {
            "message" if number > MAX_INTERIM => Err(AgentError::new("the HTTP agent says too much before its answer")),
            "message" => {
                let interim: wire::WireInterim = parsed(data.as_bytes())?;
                self.ctx.send_interim(answer::reply(&interim.parts)?).await?;
                Ok(None)
            }
            "reply" => parsed(data.as_bytes()).map(Some),
            "error" => {
                let failure: wire::WireFailure = parsed(data.as_bytes())?;
                let made = if failure.retryable { AgentError::retryable } else { AgentError::new };
                Err(made("the HTTP agent failed").with_source(failure.message))
            }
            _ => Err(AgentError::new("the HTTP agent sent an event that is not of the contract")),
        }
    }

    /// The next bytes of a response of which there were so many.
    async fn chunk(&self, response: &mut Response, length: usize) -> Result<Option<Bytes>, AgentError> {
        let chunk = response.chunk().await.map_err(broken)?;
        if chunk.as_ref().is_some_and(|chunk| length + chunk.len() > self.agent.limits.response) {
            return Err(AgentError::new("the HTTP agent's answer is too large"));
        }
        Ok(chunk)
    }

    fn verify(&self, signature: Option<&str>, signed: &[&[u8]]) -> Result<(), AgentError> {
        let verified = self.agent.secret.verify(signature, signed, SystemTime::now(), self.agent.limits.window);
        let error =
            |error: SignatureError| AgentError::new(format!("the HTTP agent's answer cannot be trusted: {error}"));
        verified.map_err(error)
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a document of the contract says. The parser's words may quote it.
fn parsed<T: DeserializeOwned>(document: &[u8]) -> Result<T, AgentError> {
    let error =
        |error: serde_json::Error| AgentError::new("the HTTP agent's answer is not of the contract").with_source(error);
    serde_json::from_slice(document).map_err(error)
}

fn refused(status: StatusCode) -> AgentError {
    let passes =
        status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let made = if passes { AgentError::retryable } else { AgentError::new };
    made(format!("the HTTP agent answered with HTTP {}", status.as_u16()))
}

/// The address may hold a secret.
fn broken(error: reqwest::Error) -> AgentError {
    let words =
        if error.is_connect() { "the HTTP agent cannot be reached" } else { "the connection to the HTTP agent broke" };
    AgentError::retryable(words).with_source(error.without_url())
}
