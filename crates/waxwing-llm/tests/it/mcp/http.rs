//! MCP servers over streamable HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use waxwing_llm::mcp::{McpError, McpServer, McpTools, USER_TOKEN_HEADER};
use waxwing_llm::{LlmAgent, ScriptedModel, Tool as _};

use super::server::{ToolServer, text};
use super::{names, read, tool};
use crate::support::run;

type Service = StreamableHttpService<ToolServer, LocalSessionManager>;

/// An HTTP server whose failures the test controls.
#[derive(Clone)]
struct TestServer {
    url: String,
    /// Service that holds the sessions.
    service: Arc<Mutex<Service>>,
    is_down: Arc<AtomicBool>,
    counts: Arc<Mutex<Counts>>,
    refusal: Arc<Mutex<Refusal>>,
}

/// Requests that the server has received.
#[derive(Default)]
struct Counts {
    initializations: usize,
    calls: usize,
    /// Tokens about the user.
    tokens: Vec<String>,
}

/// How the server refuses sessions.
#[derive(Clone, Copy, Default, PartialEq)]
enum Refusal {
    /// With status 404, as the specification says.
    #[default]
    NotFound,
    /// With status 400, like servers with older libraries.
    BadRequest,
    /// Refuses each call, in any session.
    AllCalls,
}

impl TestServer {
    async fn open(is_down: bool) -> Self {
        Self::of(ToolServer::default(), is_down).await
    }

    async fn of(server: ToolServer, is_down: bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp?key=s3cret", listener.local_addr().unwrap());
        let service = Arc::new(Mutex::new(service(server)));
        let is_down = Arc::new(AtomicBool::new(is_down));
        let house = Self { url, service, is_down, counts: Arc::default(), refusal: Arc::default() };
        let router = Router::new().fallback(answer).with_state(house.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        house
    }

    /// Drops all sessions.
    fn forget(&self) {
        *self.service.lock().unwrap() = service(ToolServer::default());
    }

    fn server(&self) -> McpServer {
        McpServer::http(&self.url).header("authorization", "Bearer s3cret").name("house")
    }
}

fn service(server: ToolServer) -> Service {
    StreamableHttpService::new(move || Ok(server.clone()), Arc::default(), StreamableHttpServerConfig::default())
}

async fn answer(State(house): State<TestServer>, request: Request) -> Response {
    if house.is_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if request.headers().get("authorization").is_none_or(|value| value != "Bearer s3cret") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if request.uri().query() != Some("key=s3cret") {
        return (StatusCode::TEMPORARY_REDIRECT, [("location", "/mcp?key=s3cret")]).into_response();
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.unwrap();
    let refusal = *house.refusal.lock().unwrap();
    match serde_json::from_slice::<Value>(&body).unwrap_or_default()["method"].as_str() {
        Some("initialize") => house.counts.lock().unwrap().initializations += 1,
        Some("tools/call") => {
            let mut counts = house.counts.lock().unwrap();
            counts.calls += 1;
            counts.tokens.extend(parts.headers.get(USER_TOKEN_HEADER).map(|it| it.to_str().unwrap().to_owned()));
            if refusal == Refusal::AllCalls {
                return StatusCode::NOT_FOUND.into_response();
            }
        }
        _ => {}
    }
    let service = house.service.lock().unwrap().clone();
    let response = service.handle(Request::from_parts(parts, Body::from(body))).await.map(Body::new);
    if response.status() == StatusCode::NOT_FOUND && refusal == Refusal::BadRequest {
        let error = json!({"code": -32600, "message": "Bad Request: No valid session ID provided"});
        let body = json!({"jsonrpc": "2.0", "id": "server-error", "error": error}).to_string();
        return (StatusCode::BAD_REQUEST, [("content-type", "application/json")], body).into_response();
    }
    response
}

#[track_caller]
fn check(result: Result<McpTools, McpError>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), format!("MCP server \"house\": {expected}"));
}

#[tokio::test]
async fn tools_are_listed_and_called() {
    let tools = TestServer::open(false).await.server().only(["say", "key", "fail", "huge"]).connect().await.unwrap();
    assert_eq!(names(&tools), ["fail", "huge", "key", "say"]);
    assert_eq!(read(&tools, "say", text("hot")).await, "hot");
    assert_eq!(read(&tools, "key", json!({})).await, "run:key:0");
    assert_eq!(read(&tools, "fail", json!({})).await, "Error: the oven is cold");
    assert_eq!(read(&tools, "huge", json!({})).await.chars().count(), 100 * 1024);
}

#[tokio::test]
async fn a_server_without_the_initialize_handshake_is_supported() {
    let tools = TestServer::of(ToolServer::modern(), false).await.server().connect().await.unwrap();
    assert_eq!(read(&tools, "say", text("hot")).await, "hot");
    assert_eq!(read(&tools, "key", json!({})).await, "run:key:0");
}

#[tokio::test]
async fn a_lost_session_is_opened_again() {
    let house = TestServer::open(false).await;
    let tools = house.server().connect().await.unwrap();
    house.forget();
    assert_eq!(read(&tools, "say", text("back")).await, "back");
}

#[tokio::test]
async fn a_refused_session_is_opened_again_once_for_all_calls() {
    for refusal in [Refusal::NotFound, Refusal::BadRequest] {
        let house = TestServer::open(false).await;
        *house.refusal.lock().unwrap() = refusal;
        let tools = house.server().connect().await.unwrap();
        house.forget();
        // The tool is not idempotent. A refused call has not run, so it is made again.
        let calls = (0..3).map(|_| read(&tools, "key", json!({})));
        let results = futures_util::future::join_all(calls).await;
        assert_eq!(results, ["run:key:0"; 3]);
        assert_eq!(house.counts.lock().unwrap().initializations, 2, "the first session, and one in its place");
    }
}

#[tokio::test]
async fn a_call_that_is_refused_again_is_given_up() {
    let house = TestServer::open(false).await;
    let tools = house.server().connect().await.unwrap();
    *house.refusal.lock().unwrap() = Refusal::AllCalls;
    for name in ["key", "say"] {
        house.counts.lock().unwrap().calls = 0;
        let unreachable = "Error: the server of this tool cannot be reached at the moment";
        assert_eq!(read(&tools, name, text("?")).await, unreachable);
        assert_eq!(house.counts.lock().unwrap().calls, 2, "once in the refused session, once in the new one");
    }
}

#[tokio::test]
async fn the_user_is_told_and_arguments_are_pinned() {
    let house = TestServer::open(false).await;
    let secret = "0123456789abcdef0123456789abcdef";
    let tools = house
        .server()
        .tell_user()
        .user_secret(secret)
        .pin_argument("phone", "+${user.phone} (@${user.username} to ${business.number})")
        .require_approval("book", "Book {text}?")
        .connect()
        .await
        .unwrap();
    let book = tool(&tools, "book");
    let schema = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
    assert_eq!(book.spec().parameters, schema);
    let arguments = json!({"text": "a table", "phone": "+999"});
    assert_eq!(book.approval_prompt(&arguments).as_deref(), Some("Book `a table`?"));
    let seen: Value = serde_json::from_str(&read(&tools, "book", arguments).await).unwrap();
    let user = json!({"id": "1", "phone": "1", "username": "ana.b", "business_number": "34910000000", "group": false});
    let phone = "+1 (@ana.b to 34910000000)";
    assert_eq!(seen, json!({"arguments": {"text": "a table", "phone": phone}, "user": user}));
    let tokens = std::mem::take(&mut house.counts.lock().unwrap().tokens);
    let [token] = tokens.as_slice() else { panic!("expected one token: {tokens:?}") };
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["user"], &claims["tool"], &claims["aud"]), (&user, &json!("book"), &json!("house")));
    // Without the setting, the server is told nothing about the user.
    let tools = house.server().connect().await.unwrap();
    let seen: Value = serde_json::from_str(&read(&tools, "book", text("a table")).await).unwrap();
    assert_eq!((&seen["user"], house.counts.lock().unwrap().tokens.len()), (&Value::Null, 0));
}

#[tokio::test]
async fn a_hanging_call_times_out() {
    let house = TestServer::open(false).await;
    let tools = house.server().call_timeout(Duration::from_secs(2)).connect().await.unwrap();
    let given_up = "Error: no result after 2s; the outcome of the call is unknown";
    assert_eq!(read(&tools, "hang", json!({})).await, given_up);
    assert_eq!(read(&tools, "say", text("still there")).await, "still there");
}

#[tokio::test]
async fn calls_succeed_after_an_outage() {
    let house = TestServer::open(false).await;
    let tools = house.server().call_timeout(Duration::from_secs(1)).connect().await.unwrap();
    house.is_down.store(true, Ordering::SeqCst);
    let unreachable = "Error: the server of this tool cannot be reached at the moment";
    assert_eq!(read(&tools, "say", text("?")).await, unreachable);
    house.is_down.store(false, Ordering::SeqCst);
    house.forget();
    while read(&tools, "say", text("back")).await != "back" {
        tools.changed().await;
    }
}

#[tokio::test]
async fn tools_appear_once_the_server_is_reachable() {
    let house = TestServer::open(true).await;
    check(house.server().connect().await, "HTTP status 503");
    let tools = house.server().require_approval("say", "Shall I?").connect_in_background().unwrap();
    assert!(tools.ready().await.is_err() && tools.tools().is_empty());
    let model = ScriptedModel::new(["no tools", "tools"]);
    let agent = LlmAgent::builder("a", model.clone()).tools_from(tools.clone()).build().unwrap();
    run(&agent, "hi").await.unwrap();
    house.is_down.store(false, Ordering::SeqCst);
    while tools.tools().is_empty() {
        tools.changed().await;
    }
    assert_eq!(read(&tools, "say", text("here")).await, "here");
    assert_eq!(tool(&tools, "say").approval_prompt(&json!({})).as_deref(), Some("Shall I?"));
    run(&agent, "hi").await.unwrap();
    let seen = model.requests().iter().map(|request| request.tools.len()).collect::<Vec<_>>();
    assert_eq!(seen, [0, 13], "the agent sees the tools once they are listed");
}

#[tokio::test]
async fn errors_name_the_server() {
    let house = TestServer::open(false).await;
    let stranger = McpServer::http(&house.url).name("house");
    check(stranger.connect().await, "HTTP status 401");
    let moved = McpServer::http(house.url.replace("?key=s3cret", "")).header("authorization", "Bearer s3cret");
    check(moved.name("house").connect().await, "HTTP status 307");
    check(unreachable("").await.connect().await, "connection failed");
}

/// Returns settings with an address at which no server listens.
async fn unreachable(query: &str) -> McpServer {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    McpServer::http(format!("http://{}/{query}", listener.local_addr().unwrap())).name("house")
}

/// Environment variable that turns on logging in this program.
const LOGS: &str = "WAXWING_TEST_MCP_LOGS";

/// Causes all log messages, if logging is on. The test below runs it in a process of its own, because the logs of concurrent tests are
/// mixed.
#[tokio::test]
async fn produce_logs() {
    if std::env::var_os(LOGS).is_none() {
        return;
    }
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::stderr).init();
    let house = TestServer::open(false).await;
    let tools = house.server().call_timeout(Duration::from_secs(1)).connect().await.unwrap();
    assert_eq!(read(&tools, "say", text("34600000000")).await, "34600000000");
    let stranger = || McpServer::http(&house.url).header("authorization", "Bearer another-s3cret");
    stranger().name("stranger").connect().await.unwrap_err();
    // The server is down for several attempts, then it refuses the client.
    house.is_down.store(true, Ordering::SeqCst);
    let changing = stranger().name("changing").connect_in_background().unwrap();
    changing.ready().await.unwrap_err();
    changing.changed().await;
    house.is_down.store(false, Ordering::SeqCst);
    while !changing.ready().await.unwrap_err().to_string().contains("401") {
        changing.changed().await;
    }
    unreachable("?key=s3cret").await.connect().await.unwrap_err();
    house.is_down.store(true, Ordering::SeqCst);
    read(&tools, "say", text("34600000000")).await;
}

#[tokio::test]
async fn logs_hold_no_personal_data_and_no_secrets() {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["mcp::http::produce_logs", "--exact", "--nocapture"]).env(LOGS, "1").kill_on_drop(true);
    let output = command.output().await.unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && log.contains("mcp server disconnected; reconnecting"), "{log}");
    let failures: Vec<_> =
        log.lines().filter(|line| line.contains("unavailable") && line.contains("changing")).collect();
    assert!(matches!(failures[..], [a, b] if a.contains("503") && b.contains("401")), "{failures:?}");
    for secret in ["s3cret", "34600000000"] {
        assert!(!log.contains(secret), "{log}");
    }
}
