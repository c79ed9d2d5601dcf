//! Test support.

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
use waxwing::agent::{Agent, Reply, Turn, agent_fn};
use waxwing::webhook::AppSecrets;
use waxwing::{AgentOs, Database, Prefix, WhatsApp, WhatsAppBuilder};

/// A fake Graph API on its own port that accepts every message.
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

    /// Waits for the next message, formatted as `number, token > recipient: text`.
    pub(crate) async fn next(&mut self) -> String {
        within_deadline("a message", self.sent.recv()).await.unwrap()
    }

    /// Checks that no other message was sent. The server must have shut down.
    #[track_caller]
    pub(crate) fn expect_no_more(&mut self) {
        if let Ok(message) = self.sent.try_recv() {
            panic!("an unexpected message: {message}");
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
        // The test may have ended.
        let _ = tell.send(format!("{number}, {token} > {to}: {body}"));
    }
    Json(json!({ "success": true, "messages": [{ "id": "wamid.out" }] }))
}

/// Waits for an event, with a deadline.
pub(crate) async fn within_deadline<T>(what: &str, event: impl Future<Output = T>) -> T {
    let deadline = Duration::from_secs(30);
    tokio::time::timeout(deadline, event).await.unwrap_or_else(|_| panic!("timed out waiting for {what}"))
}

/// Returns an agent that replies with its name, the text it got, and the length of its history.
pub(crate) fn named(name: &'static str) -> impl Agent {
    agent_fn(name, move |turn: Turn, ctx: waxwing::agent::RunContext| async move {
        Ok(Reply::text(format!("{name} heard {} after {}", turn.text(), ctx.session().history().len())))
    })
}

/// Returns an interface with a token, a secret and a prefix that contain the name of its agent.
pub(crate) fn interface(name: &'static str, number: &str, graph_url: &str) -> WhatsApp {
    builder(name, number, graph_url).build().unwrap()
}

/// Returns the builder of such an interface.
pub(crate) fn builder(name: &'static str, number: &str, graph_url: &str) -> WhatsAppBuilder {
    WhatsApp::builder(named(name))
        .access_token(format!("token-{name}"))
        .phone_number_id(number)
        .app_secret(name)
        .verify_token(name)
        .prefix(Prefix::new(name).unwrap())
        .graph_url(graph_url)
}

/// Returns a host without interfaces and with its database in `dir`.
pub(crate) fn host(dir: &TempDir) -> AgentOs {
    let mut settings = waxwing::engine::EngineSettings::default();
    settings.debounce = waxwing_engine::Debounce::Fixed(Duration::ZERO);
    AgentOs::new().database(Database::sqlite(dir.path().join("test.db"))).engine(settings)
}

/// Sends a request, and returns status and body.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> (u16, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) async fn get(router: &Router, path: &str) -> (u16, String) {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

/// Posts a text message to `number` through the webhook `webhook`, and returns the status.
pub(crate) async fn deliver(router: &Router, webhook: &str, secret: &str, number: &str, body: &str) -> u16 {
    let id = format!("wamid.{number}.{body}");
    let value = json!({
        "metadata": { "phone_number_id": number },
        "messages": [{ "from": "34600000001", "id": id, "timestamp": unix_seconds(), "type": "text", "text": { "body": body } }],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body =
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] }).to_string();
    let signature = AppSecrets::parse(secret).unwrap().sign(body.as_bytes());
    let request = Request::post(format!("/{webhook}/webhook")).header("X-Hub-Signature-256", signature);
    send(router, request.body(body.into()).unwrap()).await.0
}

/// The current time as webhooks contain it.
fn unix_seconds() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_secs().to_string()
}
