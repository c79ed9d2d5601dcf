//! Requests to the fake provider.

use std::time::Instant;

use axum::http::HeaderMap;
use serde_json::Value;

/// Recorded request.
#[derive(Debug, Clone)]
pub struct ModelRequest {
    /// Time of arrival.
    pub at: Instant,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// JSON body.
    pub body: Value,
}

impl ModelRequest {
    /// Returns the idempotency key of the request.
    pub fn key(&self) -> &str {
        self.headers["idempotency-key"].to_str().unwrap()
    }

    /// Returns the texts of a request as `role: text`, in any protocol, without the notes about the channel and the tags of messages. Tool calls
    /// and their results have no text.
    pub fn transcript(&self) -> Vec<String> {
        let messages = self.body.get("messages").or(self.body.get("contents")).and_then(Value::as_array).unwrap();
        let line = |message: &Value| {
            let parts = message.get("content").or(message.get("parts"));
            let words = match parts {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Array(parts)) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                _ => String::new(),
            };
            let words = words.replace("<message>", "").replace("</message>", "");
            format!("{}: {}", message["role"].as_str().unwrap(), without_channel_notes(&words))
        };
        messages.iter().map(line).collect()
    }
}

/// Returns a system prompt without the paragraph about the channel at its start.
fn without_channel_notes(text: &str) -> &str {
    if text.starts_with("Notes about the channel, ") {
        text.split_once("\n\n").map_or("", |(_, rest)| rest)
    } else {
        text
    }
}
