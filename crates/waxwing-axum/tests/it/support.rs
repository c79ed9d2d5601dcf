//! Test support.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use waxwing_agent::Echo;
use waxwing_axum::{Prefix, Verification, Webhook};
use waxwing_client::Client;
use waxwing_engine::{Engine, EngineSettings, Route};
use waxwing_store::SqliteOptions;
use waxwing_store::{Clock, SqliteStore, SystemClock, Timestamp, TurnStore};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

pub(crate) const NUMBER: &str = "1000001";
pub(crate) const TOKEN: &str = "a token";

/// A timeout that only a hang exceeds.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A store with a clock that can block it. The engines are never started, so received messages stay pending.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<BlockingClock>,
    _dir: TempDir,
}

/// A clock that blocks while `block` is set, which blocks the store.
#[derive(Debug, Default)]
pub(crate) struct BlockingClock {
    blocked: Mutex<bool>,
    unblocked: Condvar,
}

impl BlockingClock {
    pub(crate) fn block(&self, blocked: bool) {
        *self.blocked.lock().unwrap() = blocked;
        self.unblocked.notify_all();
    }
}

impl Clock for BlockingClock {
    fn now(&self) -> Timestamp {
        let blocked = self.blocked.lock().unwrap();
        // A failed test must not leave the store blocked.
        drop(self.unblocked.wait_timeout_while(blocked, DEADLINE, |blocked| *blocked).unwrap());
        SystemClock.now()
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(BlockingClock::default()));
        let options = SqliteOptions::new("graph.test").clock(clock.clone());
        let store = SqliteStore::open(dir.path().join("test.db"), options).await.unwrap();
        Self { store: Arc::new(store), clock, _dir: dir }
    }

    /// Returns an engine for the test number with this accept timeout.
    pub(crate) fn engine(&self, accept_timeout: Duration) -> Engine {
        let number = PhoneNumberId::new(NUMBER);
        let mut settings = EngineSettings::default();
        settings.accept_timeout = accept_timeout;
        let graph = Arc::new(Client::new("token", number.clone()).unwrap());
        let route = Route::new(number, Arc::new(Echo), graph);
        Engine::builder(self.store.clone()).settings(settings).route(route).build()
    }

    /// Returns a webhook with this secret and the test verify token.
    pub(crate) fn webhook(&self, secret: &str) -> Webhook {
        Webhook::new(self.engine(DEADLINE), signed(secret), Some(VerifyToken::new(TOKEN)))
    }

    /// Returns the router of such a webhook under the default prefix.
    pub(crate) fn router(&self, secret: &str) -> Router {
        self.webhook(secret).router(&Prefix::default())
    }

    /// Claims the pending messages, and returns their ids.
    pub(crate) async fn waiting(&self) -> Vec<String> {
        let claims = self.store.claim_turns(&[PhoneNumberId::new(NUMBER)], 100, DEADLINE).await.unwrap();
        let pending = claims.claimed.into_iter().flat_map(|claim| claim.pending);
        pending.map(|message| message.id.into_string()).collect()
    }
}

pub(crate) fn signed(secret: &str) -> Verification {
    Verification::Signed(AppSecrets::parse(secret).unwrap())
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Response {
    /// Checks status and body.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &Value) {
        let found = serde_json::from_str::<Value>(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()));
        assert_eq!((self.status, &found), (status, body));
    }

    /// Checks the status and the detail of an error.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, detail: &str) {
        self.is(status, &json!({ "detail": detail }));
        assert_eq!(self.header("content-type"), "application/json");
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Response {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers): (StatusCode, _) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Response { status: status.as_u16(), headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) async fn get(router: &Router, path: &str) -> Response {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn method(router: &Router, method: Method, path: &str) -> Response {
    send(router, Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

/// Posts a body that is signed with a secret.
pub(crate) async fn deliver(router: &Router, path: &str, secret: &str, body: impl Into<Vec<u8>>) -> Response {
    let body = body.into();
    let signature = AppSecrets::parse(secret).unwrap().sign(&body);
    let request = Request::post(path).header("X-Hub-Signature-256", signature);
    send(router, request.body(body.into()).unwrap()).await
}

/// Returns a webhook with a text message with this id.
pub(crate) fn text(id: &str) -> String {
    let value = json!({
        "metadata": { "phone_number_id": NUMBER },
        "messages": [{ "from": "34600000001", "id": id, "timestamp": unix_seconds(), "type": "text", "text": { "body": "hi" } }],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] }).to_string()
}

/// Returns the response to a stored webhook.
pub(crate) fn processing() -> Value {
    json!({ "status": "processing" })
}

/// The current time as webhooks contain it.
fn unix_seconds() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_secs().to_string()
}
