//! Replies of the fake provider.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::protocol::ProviderProtocol;

/// Reply to a request.
#[derive(Debug, Clone)]
pub enum ModelReply {
    /// Text. A reply with an empty text has no parts.
    Text(String),
    /// Reasoning, followed by a text.
    Reasoning(String, String),
    /// Tool calls, each with a name and arguments.
    ToolCalls(Vec<(String, Value)>),
    /// This HTTP status.
    Status(u16),
    /// HTTP status 429 with this `Retry-After`.
    RateLimited(Duration),
    /// HTTP status 200 with HTML instead of JSON.
    Garbage,
    /// First half of a reply. Then the connection breaks.
    Truncated,
    /// No reply until [`release`](super::ModelServer::release). Then this request, or the next one if the client gave up, gets the next
    /// reply.
    Held,
}

impl ModelReply {
    /// Creates a reply with a text.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// Creates a reply with one tool call.
    pub fn tool_call(name: impl Into<String>, arguments: Value) -> Self {
        Self::ToolCalls(vec![(name.into(), arguments)])
    }

    /// Creates a reply without text.
    pub fn empty() -> Self {
        Self::Text(String::new())
    }

    pub(super) fn response(self, dialect: ProviderProtocol) -> Response {
        match self {
            Self::Text(words) => Json(dialect.says(&words)).into_response(),
            Self::Reasoning(thoughts, words) => Json(dialect.thinks(&thoughts, &words)).into_response(),
            Self::ToolCalls(calls) => Json(dialect.calls(&calls)).into_response(),
            Self::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Self::RateLimited(wait) => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait.as_secs_f64().to_string())]).into_response()
            }
            Self::Garbage => ([(header::CONTENT_TYPE, "text/html")], "<html>").into_response(),
            Self::Truncated => half(&dialect.says("never heard").to_string()),
            Self::Held => unreachable!("it has no answer of its own"),
        }
    }
}

/// Returns a response with the content length of `body` that breaks in the middle of the body.
fn half(body: &str) -> Response {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let stream = futures_util::stream::iter([Ok(half), Err("the provider died")]);
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_LENGTH, body.len().to_string())];
    (headers, Body::from_stream(stream)).into_response()
}
