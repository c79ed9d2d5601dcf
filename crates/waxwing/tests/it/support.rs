//! What the tests are written with.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use waxwing::types::PhoneNumberId;
use waxwing::webhook::AppSecrets;
use waxwing::{Agent, AgentOs, Database, Prefix, Reply, Turn, WhatsApp, agent_fn};

/// A Graph API on a port of its own. It takes every message.
#[derive(Debug)]
pub(crate) struct FakeGraph {
    pub(crate) url: String,
    sent: mpsc::UnboundedReceiver<String>,
    server: JoinHandle<()>,
}

impl FakeGraph {
    pub(crate) async fn start() -> Self {
        let (tell, sent) = mpsc::unbounded_channel();
        let app = Router::new().route("/{version}/{number}/messages", post(take)).with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, sent, server }
    }

    /// Waits for the next message, in words: `number, token > recipient: text`.
    pub(crate) async fn next(&mut self) -> String {
        patiently("a message", self.sent.recv()).await.unwrap()
    }

    /// Checks that there was no other message.
    #[track_caller]
    pub(crate) fn nothing_more(&mut self) {
        if let Ok(message) = self.sent.try_recv() {
            panic!("a message that should not be: {message}");
        }
    }
}

impl Drop for FakeGraph {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(
    State(tell): State<mpsc::UnboundedSender<String>>,
    Path((_, number)): Path<(String, String)>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Json<Value> {
    if let Some(body) = message["text"]["body"].as_str() {
        let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ");
        let to = message["to"].as_str().unwrap();
        // A test that has seen enough may have dropped its end.
        let _ = tell.send(format!("{number}, {token} > {to}: {body}"));
    }
    Json(json!({ "success": true, "messages": [{ "id": "wamid.out" }] }))
}

/// Waits for something that must happen.
pub(crate) async fn patiently<T>(what: &str, event: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, event).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// An agent that says who it is, what it heard, and how much it remembers.
pub(crate) fn named(name: &'static str) -> impl Agent {
    agent_fn(name, move |turn: Turn, ctx: waxwing::RunContext| async move {
        Ok(Reply::text(format!("{name} heard {} after {}", turn.text(), ctx.session().history().len())))
    })
}

/// An interface whose token, secret and prefix bear the name of its agent.
pub(crate) fn interface(name: &'static str, number: &str, graph_url: &str) -> WhatsApp {
    WhatsApp::new(named(name), format!("token-{name}"), PhoneNumberId::new(number), AppSecrets::parse(name).unwrap())
        .verify_token(name)
        .prefix(Prefix::new(name).unwrap())
        .graph_url(graph_url)
}

/// A host without interfaces, whose database is in this directory.
pub(crate) fn host(dir: &TempDir) -> AgentOs {
    let mut settings = waxwing::engine::EngineSettings::default();
    settings.debounce = waxwing_engine::Debounce::Fixed(Duration::ZERO);
    AgentOs::new().database(Database::Sqlite(dir.path().join("test.db"))).engine(settings)
}

/// Makes a request, and returns status and body.
pub(crate) async fn ask(router: &Router, request: Request<Body>) -> (u16, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) async fn get(router: &Router, path: &str) -> (u16, String) {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

/// Posts a text from a user to a business number, by the webhook of this name, and returns the status.
pub(crate) async fn deliver(router: &Router, webhook: &str, secret: &str, number: &str, body: &str) -> u16 {
    let id = format!("wamid.{number}.{body}");
    let value = json!({
        "metadata": { "phone_number_id": number },
        "messages": [{ "from": "34600000001", "id": id, "timestamp": "1", "type": "text", "text": { "body": body } }],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body =
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] }).to_string();
    let signature = AppSecrets::parse(secret).unwrap().sign(body.as_bytes());
    let request = Request::post(format!("/{webhook}/webhook")).header("X-Hub-Signature-256", signature);
    ask(router, request.body(body.into()).unwrap()).await.0
}
