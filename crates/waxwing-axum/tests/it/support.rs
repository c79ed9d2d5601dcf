//! What the tests are written with.

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

/// Nothing takes this long unless it never happens.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A store, and the clock that can bring it to a standstill. The engines on it are never started, so what comes in stays where it is.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) gate: Arc<StoreGate>,
    _dir: TempDir,
}

/// A clock that does not tell the time while its gate is shut, so that the store stands still.
#[derive(Debug, Default)]
pub(crate) struct StoreGate {
    shut: Mutex<bool>,
    opened: Condvar,
}

impl StoreGate {
    pub(crate) fn shut(&self, shut: bool) {
        *self.shut.lock().unwrap() = shut;
        self.opened.notify_all();
    }
}

impl Clock for StoreGate {
    fn now(&self) -> Timestamp {
        let shut = self.shut.lock().unwrap();
        // A test that fails must not leave the store waiting for ever.
        drop(self.opened.wait_timeout_while(shut, PATIENCE, |shut| *shut).unwrap());
        SystemClock.now()
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let (dir, gate) = (tempfile::tempdir().unwrap(), Arc::new(StoreGate::default()));
        let options = SqliteOptions::new("graph.test").clock(gate.clone());
        let store = SqliteStore::open(dir.path().join("test.db"), options).await.unwrap();
        Self { store: Arc::new(store), gate, _dir: dir }
    }

    /// An engine for the usual number that gives the store this time for a webhook.
    pub(crate) fn engine(&self, accept_timeout: Duration) -> Engine {
        let number = PhoneNumberId::new(NUMBER);
        let mut settings = EngineSettings::default();
        settings.accept_timeout = accept_timeout;
        let graph = Arc::new(Client::new("token", number.clone()).unwrap());
        let route = Route { number, agent: Arc::new(Echo), graph };
        Engine::builder(self.store.clone()).settings(settings).route(route).build()
    }

    /// A webhook with this secret and the usual verify token.
    pub(crate) fn webhook(&self, secret: &str) -> Webhook {
        Webhook::new(self.engine(PATIENCE), signed(secret), Some(VerifyToken::new(TOKEN)))
    }

    /// The endpoints of that webhook, where they usually are.
    pub(crate) fn router(&self, secret: &str) -> Router {
        self.webhook(secret).router(&Prefix::default())
    }

    /// The messages that wait to be answered, and have not been asked for yet.
    pub(crate) async fn waiting(&self) -> Vec<String> {
        let claims = self.store.claim_turns(&[PhoneNumberId::new(NUMBER)], 100, PATIENCE).await.unwrap();
        let pending = claims.claimed.into_iter().flat_map(|claim| claim.pending);
        pending.map(|message| message.id.into_string()).collect()
    }
}

pub(crate) fn signed(secret: &str) -> Verification {
    Verification::Signed(AppSecrets::parse(secret).unwrap())
}

/// An answer: status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Checks status and body.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &Value) {
        let found = serde_json::from_str::<Value>(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()));
        assert_eq!((self.status, &found), (status, body));
    }

    /// Checks a refusal.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, detail: &str) {
        self.is(status, &json!({ "detail": detail }));
        assert_eq!(self.header("content-type"), "application/json");
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Makes a request.
pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers): (StatusCode, _) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status: status.as_u16(), headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn method(router: &Router, method: Method, path: &str) -> Answer {
    ask(router, Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

/// Posts a body that is signed with a secret.
pub(crate) async fn deliver(router: &Router, path: &str, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
    let body = body.into();
    let signature = AppSecrets::parse(secret).unwrap().sign(&body);
    let request = Request::post(path).header("X-Hub-Signature-256", signature);
    ask(router, request.body(body.into()).unwrap()).await
}

/// A webhook with a text of this id.
pub(crate) fn text(id: &str) -> String {
    let value = json!({
        "metadata": { "phone_number_id": NUMBER },
        "messages": [{ "from": "34600000001", "id": id, "timestamp": "1", "type": "text", "text": { "body": "hi" } }],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] }).to_string()
}

/// The answer to a webhook that was stored.
pub(crate) fn processing() -> Value {
    json!({ "status": "processing" })
}
