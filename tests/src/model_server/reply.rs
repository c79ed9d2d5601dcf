//! Answers of a played provider.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::protocol::ProviderProtocol;

/// The answer to a call.
#[derive(Debug, Clone)]
pub enum ModelReply {
    /// An answer of these words; of no words, it is empty.
    Text(String),
    /// An answer of the second after the thoughts of the first.
    Reasoning(String, String),
    /// A wish for calls of tools: each a name and arguments.
    ToolCalls(Vec<(String, Value)>),
    /// This HTTP status.
    Status(u16),
    /// HTTP 429, with a wish to be left alone for so long.
    RateLimited(Duration),
    /// HTTP 200 with a page instead of an answer.
    Garbage,
    /// The first half of an answer, and then the connection breaks.
    Truncated,
    /// Nothing until [`release`](super::ModelServer::release); then, or where the caller gave up, the next call or this one gets the next answer.
    Held,
}

impl ModelReply {
    /// An answer of these words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// A wish for one call of a tool.
    pub fn tool_call(name: impl Into<String>, arguments: Value) -> Self {
        Self::ToolCalls(vec![(name.into(), arguments)])
    }

    /// An answer without a word.
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

/// Promises a whole body and breaks off in the middle of it.
fn half(body: &str) -> Response {
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let stream = futures_util::stream::iter([Ok(half), Err("the provider died")]);
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_LENGTH, body.len().to_string())];
    (headers, Body::from_stream(stream)).into_response()
}
