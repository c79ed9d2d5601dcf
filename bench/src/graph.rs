//! Fake Graph API with a low CPU cost.
//!
//! Every request succeeds at once. There are no status webhooks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::webhook::{ID_MARK, TEXT_MARK, nth};

/// Running fake Graph API with its requests.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) url: String,
    calls: Arc<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    seen: Mutex<CallLog>,
    replied: Notify,
}

/// Times of the requests for each message, by the message's number.
#[derive(Debug, Default)]
struct CallLog {
    typing: Vec<Option<Instant>>,
    replies: Vec<Option<Instant>>,
    replied: usize,
    twice: usize,
}

impl Graph {
    /// Starts the API. It runs until the runtime ends.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let calls = Arc::new(Calls::default());
        let router = Router::new().route("/{version}/{number}/messages", post(messages)).with_state(calls.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, calls })
    }

    /// Waits until this number of messages was answered.
    pub(crate) async fn replies(&self, count: usize) {
        loop {
            let replied = self.calls.replied.notified();
            if self.replied() >= count {
                return;
            }
            replied.await;
        }
    }

    pub(crate) fn replied(&self) -> usize {
        self.seen(|seen| seen.replied)
    }

    /// Returns the number of repeated replies.
    pub(crate) fn twice(&self) -> usize {
        self.seen(|seen| seen.twice)
    }

    /// Returns the time of the reply to a message.
    pub(crate) fn reply(&self, nth: usize) -> Option<Instant> {
        self.seen(|seen| seen.replies.get(nth).copied().flatten())
    }

    /// Returns the time of the first typing indicator for a message.
    pub(crate) fn typing(&self, nth: usize) -> Option<Instant> {
        self.seen(|seen| seen.typing.get(nth).copied().flatten())
    }

    fn seen<T>(&self, ask: impl FnOnce(&mut CallLog) -> T) -> T {
        ask(&mut self.calls.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn messages(State(calls): State<Arc<Calls>>, body: Bytes) -> Json<Value> {
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut seen = calls.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = call["message_id"].as_str() {
        if let Some(nth) = nth(id, ID_MARK) {
            place(&mut seen.typing, nth).get_or_insert_with(Instant::now);
        }
        return Json(json!({ "success": true }));
    }
    if let Some(nth) = call["text"]["body"].as_str().and_then(|text| nth(text, TEXT_MARK)) {
        match place(&mut seen.replies, nth) {
            Some(_) => seen.twice += 1,
            new => {
                *new = Some(Instant::now());
                seen.replied += 1;
                calls.replied.notify_waiters();
            }
        }
    }
    let id = format!("wamid.{}.{}", seen.replied, seen.twice);
    Json(json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": call["to"], "wa_id": call["to"] }],
        "messages": [{ "id": id }],
    }))
}

fn place(list: &mut Vec<Option<Instant>>, nth: usize) -> &mut Option<Instant> {
    if list.len() <= nth {
        list.resize(nth + 1, None);
    }
    &mut list[nth]
}
