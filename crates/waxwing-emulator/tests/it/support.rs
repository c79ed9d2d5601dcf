//! A caller of the Graph API, and a webhook server that remembers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};
use waxwing_emulator::{Emulator, EmulatorBuilder, RedeliveryPolicy, Rule, StatusDelays, TimelineEventKind};

/// Settings under which nothing takes time.
pub(crate) fn builder() -> EmulatorBuilder {
    let delays = StatusDelays { sent: Duration::ZERO, delivered: Duration::ZERO, ..StatusDelays::default() };
    let redelivery = RedeliveryPolicy { initial_backoff: Duration::from_millis(1), ..RedeliveryPolicy::default() };
    Emulator::builder().seed(1).status_delays(delays).redelivery(redelivery)
}

/// An emulator whose webhooks go to a server that says 200.
pub(crate) async fn start() -> (Emulator, Server, Graph) {
    let emulator = builder().start().await.unwrap();
    let server = Server::start(&emulator).await;
    let graph = Graph::new(&emulator);
    (emulator, server, graph)
}

/// Calls the Graph API as a business does.
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

    /// Posts to `/messages`; `messaging_product` is added.
    pub(crate) async fn post(&self, mut body: Value) -> (u16, Value) {
        body["messaging_product"] = "whatsapp".into();
        let request = self.http.post(&self.messages).bearer_auth(&self.token).json(&body);
        answer(request).await
    }

    /// Sends a text that must be accepted, and gives its id.
    pub(crate) async fn text(&self, to: &str, text: &str) -> String {
        let (status, body) = self.post(json!({"to": to, "type": "text", "text": {"body": text}})).await;
        assert_eq!(status, 200, "{body}");
        body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Posts JSON to any path.
    pub(crate) async fn post_to(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.http.post(format!("{}/{path}", self.base)).bearer_auth(&self.token).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.http.get(format!("{}/{path}", self.base)).bearer_auth(&self.token)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.http.delete(format!("{}/{path}", self.base)).bearer_auth(&self.token)).await
    }

    /// Uploads a file.
    pub(crate) async fn upload(&self, bytes: Vec<u8>, mime_type: &str) -> (u16, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("file").mime_str(mime_type).unwrap();
        let form = reqwest::multipart::Form::new().text("messaging_product", "whatsapp");
        self.upload_form(form.text("type", mime_type.to_owned()).part("file", part)).await
    }

    pub(crate) async fn upload_form(&self, form: reqwest::multipart::Form) -> (u16, Value) {
        let url = self.messages.replace("/messages", "/media");
        answer(self.http.post(url).bearer_auth(&self.token).multipart(form)).await
    }
}

/// Status and JSON body; `null` where the body is none.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Meta's code and sub-code in an answer.
#[track_caller]
pub(crate) fn assert_error((status, body): (u16, Value), http: u16, code: u32) {
    assert_eq!((status, body["error"]["code"].as_u64()), (http, Some(u64::from(code))), "{body}");
    for field in ["message", "type", "fbtrace_id"] {
        assert!(body["error"][field].is_string(), "{field} in {body}");
    }
}

/// The answer says that this rule is broken, which comes from this section of the facts about Meta's API.
#[track_caller]
pub(crate) fn breaks((status, body): (u16, Value), rule: Rule, section: &str) {
    assert_error((status, body), rule.http(), rule.code());
    let source = rule.source().strip_prefix("cloud-api ").unwrap();
    assert_eq!(source.split(' ').next(), Some(section), "{rule}");
}

/// The last refused send broke this rule.
#[track_caller]
pub(crate) fn refused_by(emulator: &Emulator, expected: Rule) {
    let last = emulator.timeline().into_iter().rev().find_map(|event| match event.kind {
        TimelineEventKind::Refused { rule, .. } => Some(rule),
        _ => None,
    });
    assert_eq!(last, Some(Some(expected)));
}

/// A webhook server that remembers what it got.
pub(crate) struct Server {
    state: Arc<Inner>,
    pub(crate) url: String,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    posts: Mutex<Vec<Post>>,
    /// Answers for the next posts; 200 when there are none.
    answers: Mutex<VecDeque<u16>>,
    verify_token: String,
    came: tokio::sync::Notify,
}

/// One POST.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Post {
    /// The `value` of its one change.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice::<Value>(&self.body).unwrap()["entry"][0]["changes"][0]["value"].take()
    }
}

impl Server {
    /// Starts a server and makes it the emulator's webhook.
    pub(crate) async fn start(emulator: &Emulator) -> Self {
        let state = Arc::new(Inner { verify_token: emulator.verify_token().to_owned(), ..Inner::default() });
        let app = Router::new().route("/webhook", get(challenge).post(webhook)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        emulator.set_webhook(&url);
        Self { state, url, task }
    }

    pub(crate) fn will_answer(&self, statuses: &[u16]) {
        self.state.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.state.posts.lock().unwrap().clone()
    }

    /// Waits until so many posts have come.
    pub(crate) async fn wait_for(&self, posts: usize) {
        while self.state.posts.lock().unwrap().len() < posts {
            self.state.came.notified().await;
        }
    }

    /// The changes of all posts, in order.
    pub(crate) fn changes(&self) -> Vec<Value> {
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let bodies = self.posts().into_iter().map(|post| serde_json::from_slice::<Value>(&post.body).unwrap());
        bodies.flat_map(|body| list(&body, "entry")).flat_map(|entry| list(&entry, "changes")).collect()
    }

    /// The messages of all posts, in order.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.posts().iter().flat_map(|post| post.value()["messages"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// The `value`s of all posts that carry a status, in order.
    pub(crate) fn statuses(&self) -> Vec<Value> {
        self.posts().iter().map(Post::value).filter(|value| value["statuses"].is_array()).collect()
    }
}

impl Drop for Server {
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

/// What a task panicked with.
pub(crate) async fn panic_of<T: std::fmt::Debug + Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> String {
    let panic = tokio::spawn(task).await.unwrap_err().into_panic();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// A picture, as far as anybody looks.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\npixels";
