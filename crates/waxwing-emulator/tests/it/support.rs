//! Test support: client of the Graph API, recording webhook server.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::openapi;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};
use waxwing_emulator::{
    Emulator, EmulatorBuilder, RateLimits, RedeliveryPolicy, Rule, StatusDelays, TimelineEventKind,
};

/// Returns a builder without delays.
pub(crate) fn builder() -> EmulatorBuilder {
    let delays = StatusDelays::default().with_sent(Duration::ZERO).with_delivered(Duration::ZERO);
    let redelivery = RedeliveryPolicy::default().with_initial_backoff(Duration::from_millis(1));
    Emulator::builder().seed(1).status_delays(delays).redelivery(redelivery)
}

/// Starts an emulator, and a webhook server that responds with 200.
pub(crate) async fn start() -> (Emulator, WebhookServer, Graph) {
    let emulator = builder().start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    (emulator, server, graph)
}

/// Starts an emulator whose clock stands still, so that a slow machine does not end a burst.
pub(crate) async fn start_frozen(limits: RateLimits) -> (Emulator, WebhookServer, Graph) {
    let emulator = builder().rate_limits(limits).frozen_clock(SystemTime::now()).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    (emulator, server, graph)
}

/// Client of the Graph API.
pub(crate) struct Graph {
    pub(crate) base: String,
    pub(crate) messages: String,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
}

impl Graph {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        let base = format!("{}/v25.0", emulator.url());
        let messages = format!("{base}/{}/messages", emulator.phone_number_id());
        let http = reqwest::Client::builder().user_agent("tests").no_proxy().build().unwrap();
        Self { base, messages, token: emulator.access_token().to_owned(), http }
    }

    /// Posts to `/messages`. Adds `messaging_product`.
    pub(crate) async fn post(&self, mut body: Value) -> (u16, Value) {
        body["messaging_product"] = "whatsapp".into();
        let request = self.http.post(&self.messages).bearer_auth(&self.token).json(&body);
        fetch(request).await
    }

    /// Sends a text, which must be accepted. Returns its id.
    pub(crate) async fn text(&self, to: &str, text: &str) -> String {
        let (status, body) = self.post(json!({"to": to, "type": "text", "text": {"body": text}})).await;
        assert_eq!(status, 200, "{body}");
        body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Posts JSON to a path.
    pub(crate) async fn post_to(&self, path: &str, body: &Value) -> (u16, Value) {
        fetch(self.http.post(format!("{}/{path}", self.base)).bearer_auth(&self.token).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        fetch(self.http.get(format!("{}/{path}", self.base)).bearer_auth(&self.token)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        fetch(self.http.delete(format!("{}/{path}", self.base)).bearer_auth(&self.token)).await
    }

    /// Uploads a file.
    pub(crate) async fn upload(&self, bytes: Vec<u8>, mime_type: &str) -> (u16, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("file").mime_str(mime_type).unwrap();
        let form = reqwest::multipart::Form::new().text("messaging_product", "whatsapp");
        self.upload_form(form.text("type", mime_type.to_owned()).part("file", part)).await
    }

    pub(crate) async fn upload_form(&self, form: reqwest::multipart::Form) -> (u16, Value) {
        let url = self.messages.replace("/messages", "/media");
        fetch(self.http.post(url).bearer_auth(&self.token).multipart(form)).await
    }
}

/// Client of the control API.
pub(crate) struct Control {
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
}

impl Control {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self {
            base: format!("{}/control", emulator.url()),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = fetch(self.http.get(format!("{}{path}", self.base))).await;
        assert_eq!(status, 200, "{body}");
        self.check("get", path, None, (status, &body)).await;
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let (status, answer) = fetch(self.http.post(format!("{}{path}", self.base)).json(&body)).await;
        self.check("post", path, Some(&body), (status, &answer)).await;
        (status, answer)
    }

    /// Checks a call against the OpenAPI document.
    async fn check(&self, method: &str, path: &str, request: Option<&Value>, response: (u16, &Value)) {
        let document = fetch(self.http.get(format!("{}/openapi.json", self.base))).await.1;
        openapi::check(&document, method, &format!("/control{path}"), request, response);
    }

    pub(crate) async fn delete(&self, path: &str) -> u16 {
        fetch(self.http.delete(format!("{}{path}", self.base))).await.0
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = fetch(self.http.put(format!("{}{path}", self.base)).json(body)).await;
        self.check("put", path, Some(body), (status, &answer)).await;
        (status, answer)
    }

    /// Performs an action, which must be possible. Returns its outcome.
    pub(crate) async fn act(&self, action: Value) -> Value {
        let (status, outcome) = self.post("/actions", action.clone()).await;
        assert_eq!(status, 200, "{action}: {outcome}");
        outcome
    }
}

/// Returns status and JSON body. A body that is not JSON becomes `null`.
pub(crate) async fn fetch(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Asserts HTTP status and error code of a response.
#[track_caller]
pub(crate) fn assert_error((status, body): (u16, Value), http: u16, code: u32) {
    assert_eq!((status, body["error"]["code"].as_u64()), (http, Some(u64::from(code))), "{body}");
    for field in ["message", "type", "fbtrace_id"] {
        assert!(body["error"][field].is_string(), "{field} in {body}");
    }
}

/// Asserts that a response reports a violation of a rule, and that the rule cites this section as its source.
#[track_caller]
pub(crate) fn assert_violates((status, body): (u16, Value), rule: Rule, section: &str) {
    assert_error((status, body), rule.http(), rule.code());
    let source = rule.source().strip_prefix("cloud-api ").unwrap();
    assert_eq!(source.split(' ').next(), Some(section), "{rule}");
}

/// Asserts that the last refused send violated this rule.
#[track_caller]
pub(crate) fn assert_refused_by(emulator: &Emulator, expected: Rule) {
    let last = emulator.timeline().into_iter().rev().find_map(|event| match event.kind {
        TimelineEventKind::Refused { rule, .. } => Some(rule),
        _ => None,
    });
    assert_eq!(last, Some(Some(expected)));
}

/// Webhook server that records its requests.
pub(crate) struct WebhookServer {
    state: Arc<Inner>,
    pub(crate) url: String,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    posts: Mutex<Vec<Post>>,
    /// Statuses for the next posts. Default: 200.
    answers: Mutex<VecDeque<u16>>,
    verify_token: String,
    came: tokio::sync::Notify,
}

/// Recorded POST request.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Post {
    /// Returns the `value` of the only change.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice::<Value>(&self.body).unwrap()["entry"][0]["changes"][0]["value"].take()
    }
}

impl WebhookServer {
    /// Starts a server and sets it as the webhook of the emulator.
    pub(crate) async fn start(emulator: &Emulator) -> Self {
        let state = Arc::new(Inner { verify_token: emulator.verify_token().to_owned(), ..Inner::default() });
        let app = Router::new().route("/webhook", get(challenge).post(webhook)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        emulator.set_webhook(&url);
        Self { state, url, task }
    }

    pub(crate) fn will_respond(&self, statuses: &[u16]) {
        self.state.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.state.posts.lock().unwrap().clone()
    }

    /// Waits for a number of posts.
    pub(crate) async fn wait_for(&self, posts: usize) {
        while self.state.posts.lock().unwrap().len() < posts {
            self.state.came.notified().await;
        }
    }

    /// Returns the changes of all posts, in order.
    pub(crate) fn changes(&self) -> Vec<Value> {
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let bodies = self.posts().into_iter().map(|post| serde_json::from_slice::<Value>(&post.body).unwrap());
        bodies.flat_map(|body| list(&body, "entry")).flat_map(|entry| list(&entry, "changes")).collect()
    }

    /// Returns the messages of all posts, in order.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.posts().iter().flat_map(|post| post.value()["messages"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// Returns the values of all posts with statuses, in order.
    pub(crate) fn statuses(&self) -> Vec<Value> {
        self.posts().iter().map(Post::value).filter(|value| value["statuses"].is_array()).collect()
    }
}

impl Drop for WebhookServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn challenge(State(state): State<Arc<Inner>>, Query(query): Query<Value>) -> (StatusCode, String) {
    if query["hub.mode"] == "subscribe" && query["hub.verify_token"] == state.verify_token.as_str() {
        (StatusCode::OK, query["hub.challenge"].as_str().unwrap().to_owned())
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

async fn webhook(State(state): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    state.posts.lock().unwrap().push(Post { headers, body });
    state.came.notify_one();
    let status = state.answers.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}

/// Returns the panic message of a task.
pub(crate) async fn panic_of<T: std::fmt::Debug + Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> String {
    let panic = tokio::spawn(task).await.unwrap_err().into_panic();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// Content of an image file.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\npixels";
