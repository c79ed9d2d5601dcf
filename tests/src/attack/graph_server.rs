//! Graph API whose responses an attack chooses.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

/// Largest body of a call in bytes.
const MAX_BODY: usize = 1 << 20;

/// A call of the Graph API.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GraphCall {
    pub(super) path: String,
    /// JSON of the body; null if there is none.
    pub(super) body: Value,
    /// Address of the Graph API, for links to media.
    pub(super) url: String,
}

impl GraphCall {
    /// The recipient, if the call sends a message.
    pub(super) fn recipient(&self) -> Option<&str> {
        self.body["type"].as_str().and(self.body["to"].as_str())
    }
}

/// Chooses a response. With none, the call succeeds.
type Respond = dyn Fn(&GraphCall) -> Option<Response> + Send + Sync;

/// A Graph API that runs as long as its runtime.
#[derive(Debug, Clone)]
pub(super) struct GraphServer {
    pub(super) url: String,
    state: Arc<GraphState>,
}

struct GraphState {
    url: String,
    respond: Box<Respond>,
    /// Messages that were accepted, by recipient.
    accepted: watch::Sender<HashMap<String, Vec<String>>>,
    /// Access tokens that this address received.
    tokens: Mutex<u64>,
}

impl fmt::Debug for GraphState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphState").field("url", &self.url).finish_non_exhaustive()
    }
}

impl GraphServer {
    pub(super) async fn start(respond: impl Fn(&GraphCall) -> Option<Response> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let accepted = watch::Sender::new(HashMap::new());
        let state = GraphState { url: url.clone(), respond: Box::new(respond), accepted, tokens: Mutex::new(0) };
        let state = Arc::new(state);
        let router = axum::Router::new().fallback(answer).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// Waits until the user has received a text that contains `part`. Returns false if that does not happen within `limit`.
    pub(super) async fn has_sent(&self, to: &str, part: &str, limit: Duration) -> bool {
        let mut accepted = self.state.accepted.subscribe();
        let is_there = |sent: &HashMap<String, Vec<String>>| {
            sent.get(to).is_some_and(|texts| texts.iter().any(|text| text.contains(part)))
        };
        matches!(tokio::time::timeout(limit, accepted.wait_for(is_there)).await, Ok(Ok(_)))
    }

    /// Number of calls with an access token.
    pub(super) fn tokens(&self) -> u64 {
        *self.state.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(state): State<Arc<GraphState>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.headers.contains_key("authorization") {
        *state.tokens.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
    let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_else(|_| Bytes::new());
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let call = GraphCall { path: head.uri.path().to_owned(), body, url: state.url.clone() };
    if let Some(response) = (state.respond)(&call) {
        return response;
    }
    let Some(to) = call.recipient() else { return Json(json!({ "success": true, "id": "1" })).into_response() };
    let text = call.body["text"]["body"].as_str().unwrap_or_default().to_owned();
    let mut nth = 0;
    state.accepted.send_modify(|accepted| {
        accepted.entry(to.to_owned()).or_default().push(text);
        nth = accepted.values().map(Vec::len).sum();
    });
    let id = format!("wamid.attack.{nth}");
    let response = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": to, "wa_id": to }],
        "messages": [{ "id": id }],
    });
    Json(response).into_response()
}

/// Returns the time since `start` in a unit with few digits.
pub(super) fn elapsed(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}
