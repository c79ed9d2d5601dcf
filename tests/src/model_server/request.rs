//! Requests to a provider.

use std::time::Instant;

use axum::http::HeaderMap;
use serde_json::Value;

/// A call as it came in.
#[derive(Debug, Clone)]
pub struct ModelRequest {
    /// When it came.
    pub at: Instant,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

impl ModelRequest {
    /// The key by which a provider can recognise a call that is made again.
    pub fn key(&self) -> &str {
        self.headers["idempotency-key"].to_str().unwrap()
    }

    /// The texts of a request, as `role: text`, in any dialect. Tool calls and their results have no text.
    pub fn transcript(&self) -> Vec<String> {
        let messages = self.body.get("messages").or(self.body.get("contents")).and_then(Value::as_array).unwrap();
        let line = |message: &Value| {
            let parts = message.get("content").or(message.get("parts"));
            let words = match parts {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Array(parts)) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                _ => String::new(),
            };
            format!("{}: {words}", message["role"].as_str().unwrap())
        };
        messages.iter().map(line).collect()
    }
}
