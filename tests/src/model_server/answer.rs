//! What a played provider does with a call.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::dialect::Dialect;

/// What becomes of a call.
#[derive(Debug, Clone)]
pub enum Answer {
    /// An answer of these words; of no words, it is empty.
    Says(String),
    /// An answer of the second after the thoughts of the first.
    Thinks(String, String),
    /// A wish for calls of tools: each a name and arguments.
    Calls(Vec<(String, Value)>),
    /// This HTTP status.
    Fails(u16),
    /// HTTP 429, with a wish to be left alone for so long.
    IsBusy(Duration),
    /// HTTP 200 with a page instead of an answer.
    Garbage,
    /// The first half of an answer, and then the connection breaks.
    BreaksOff,
    /// Nothing until [`release`](super::ModelServer::release); then, or where the caller gave up, the next call or this one gets the next answer.
    Held,
}

impl Answer {
    /// An answer of these words.
    pub fn says(words: impl Into<String>) -> Self {
        Self::Says(words.into())
    }

    /// A wish for one call of a tool.
    pub fn calls(name: impl Into<String>, arguments: Value) -> Self {
        Self::Calls(vec![(name.into(), arguments)])
    }

    /// An answer without a word.
    pub fn empty() -> Self {
        Self::Says(String::new())
    }

    pub(super) fn response(self, dialect: Dialect) -> Response {
        match self {
            Self::Says(words) => Json(dialect.says(&words)).into_response(),
            Self::Thinks(thoughts, words) => Json(dialect.thinks(&thoughts, &words)).into_response(),
            Self::Calls(calls) => Json(dialect.calls(&calls)).into_response(),
            Self::Fails(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Self::IsBusy(wait) => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait.as_secs_f64().to_string())]).into_response()
            }
            Self::Garbage => ([(header::CONTENT_TYPE, "text/html")], "<html>").into_response(),
            Self::BreaksOff => half(&dialect.says("never heard").to_string()),
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
