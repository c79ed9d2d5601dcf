//! Fake provider of language models.

mod protocol;
mod reply;
mod request;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use waxwing::llm::Provider;

pub use protocol::ProviderProtocol;
pub use reply::ModelReply;
pub use request::ModelRequest;

/// Deadline of each wait.
const DEADLINE: Duration = Duration::from_mins(1);

/// Fake provider in the process of the test, behind a real socket. It returns scripted replies in order, or forwards requests to a real
/// provider. It records all requests.
///
/// A request without a reply gets HTTP status 400, which clients do not retry.
#[derive(Debug)]
pub struct ModelServer {
    origin: String,
    dialect: ProviderProtocol,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dialect: ProviderProtocol,
    /// URL of the real provider, without `/chat/completions`. It gets the requests for which the script has no reply.
    upstream: Option<String>,
    script: Mutex<VecDeque<Line>>,
    requests: watch::Sender<Vec<ModelRequest>>,
    /// Each permit releases one held request.
    released: Semaphore,
}

/// Scripted reply.
#[derive(Debug)]
struct Line {
    /// Text that a request must contain to get the reply.
    cue: Option<String>,
    answer: ModelReply,
}

impl ModelServer {
    /// Starts a provider with this protocol and an empty script.
    pub async fn start(dialect: ProviderProtocol) -> Self {
        Self::serve(dialect, None).await
    }

    /// Starts a provider with OpenAI's protocol that forwards requests without a scripted reply to `upstream`, a URL without
    /// `/chat/completions`.
    pub async fn proxy(upstream: &str) -> Self {
        Self::serve(ProviderProtocol::OpenAi, Some(upstream.to_owned())).await
    }

    async fn serve(dialect: ProviderProtocol, upstream: Option<String>) -> Self {
        let shared = Arc::new(Shared {
            dialect,
            upstream,
            script: Mutex::default(),
            requests: watch::Sender::default(),
            released: Semaphore::new(0),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { origin, dialect, shared }
    }

    /// Returns the base URL of the provider.
    pub fn url(&self) -> String {
        format!("{}/v1", self.origin)
    }

    /// Returns the provider as an agent configures it.
    pub fn provider(&self) -> Provider {
        self.dialect.provider("key").base_url(self.url())
    }

    /// Adds replies to the end of the script.
    pub fn reply_with(&self, answers: impl IntoIterator<Item = ModelReply>) {
        let lines = answers.into_iter().map(|answer| Line { cue: None, answer });
        self.shared.script.lock().unwrap().extend(lines);
    }

    /// Adds replies for requests with a body that contains `cue`, such as a part of the instructions. For tests with concurrent requests.
    pub fn reply_to(&self, cue: &str, answers: impl IntoIterator<Item = ModelReply>) {
        let lines = answers.into_iter().map(|answer| Line { cue: Some(cue.to_owned()), answer });
        self.shared.script.lock().unwrap().extend(lines);
    }

    /// Releases one [held](ModelReply::Held) request. It gets the next reply.
    pub fn release(&self) {
        self.shared.released.add_permits(1);
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Waits for this number of requests, and returns them.
    pub async fn wait_for_requests(&self, times: usize) -> Vec<ModelRequest> {
        let mut requests = self.shared.requests.subscribe();
        let enough = requests.wait_for(|requests| requests.len() >= times);
        match tokio::time::timeout(DEADLINE, enough).await {
            Ok(requests) => requests.unwrap().clone(),
            Err(elapsed) => panic!("the model was asked {} times, not {times}: {elapsed}", self.requests().len()),
        }
    }
}

impl Shared {
    /// Takes the next reply for a request with this body.
    fn next(&self, body: &str) -> Option<ModelReply> {
        let mut script = self.script.lock().unwrap();
        let fits = |line: &Line| line.cue.as_ref().is_none_or(|cue| body.contains(cue));
        let at = script.iter().position(fits)?;
        script.remove(at).map(|line| line.answer)
    }
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if !shared.dialect.is_path(uri.path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(asked) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let content_type = headers.get(header::CONTENT_TYPE).cloned();
    shared.requests.send_modify(|requests| requests.push(ModelRequest { at: Instant::now(), headers, body: asked }));
    loop {
        match shared.next(&String::from_utf8_lossy(&body)) {
            Some(ModelReply::Held) => shared.released.acquire().await.expect("it is never closed").forget(),
            Some(answer) => return answer.response(shared.dialect),
            None => break,
        }
    }
    let Some(upstream) = &shared.upstream else {
        return (StatusCode::BAD_REQUEST, "nothing was said about this call").into_response();
    };
    let mut call = reqwest::Client::new().post(format!("{upstream}/chat/completions")).body(body);
    if let Some(content_type) = content_type {
        call = call.header(header::CONTENT_TYPE, content_type);
    }
    let answer = call.send().await.unwrap();
    let (status, content_type) = (answer.status(), answer.headers()[header::CONTENT_TYPE].clone());
    (status, [(header::CONTENT_TYPE, content_type)], Body::from(answer.bytes().await.unwrap())).into_response()
}
