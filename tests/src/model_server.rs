//! A provider of language models, played.

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

/// How long anything may take that a test waits for.
const DEADLINE: Duration = Duration::from_mins(1);

/// A provider of language models in the test's process, over sockets. It answers calls one after the other as it was told to, or as a real one does, and
/// keeps what it was asked.
///
/// A call for which it has no answer gets HTTP 400, which nobody tries again.
#[derive(Debug)]
pub struct ModelServer {
    origin: String,
    dialect: ProviderProtocol,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dialect: ProviderProtocol,
    /// Before `/chat/completions`, of the server that answers where the script does not.
    upstream: Option<String>,
    script: Mutex<VecDeque<Line>>,
    requests: watch::Sender<Vec<ModelRequest>>,
    /// A permit lets one held call go.
    released: Semaphore,
}

/// A line of what it is to say.
#[derive(Debug)]
struct Line {
    /// Text that a call has to contain to get the answer.
    cue: Option<String>,
    answer: ModelReply,
}

impl ModelServer {
    /// One that speaks like this and has nothing to say yet.
    pub async fn start(dialect: ProviderProtocol) -> Self {
        Self::serve(dialect, None).await
    }

    /// One that speaks as OpenAI does and passes on what it has no answer for: a proxy that remembers. `upstream` is what comes before `/chat/completions`.
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

    /// The URL before the path of a call.
    pub fn url(&self) -> String {
        format!("{}/v1", self.origin)
    }

    /// The way to it, as an agent is told it.
    pub fn provider(&self) -> Provider {
        self.dialect.provider("key").base_url(self.url())
    }

    /// Says what the next calls get, after what was said before.
    pub fn reply_with(&self, answers: impl IntoIterator<Item = ModelReply>) {
        let lines = answers.into_iter().map(|answer| Line { cue: None, answer });
        self.shared.script.lock().unwrap().extend(lines);
    }

    /// Says what the next calls get whose body has this in it, such as somebody's instructions: for calls that are made side by side.
    pub fn reply_to(&self, cue: &str, answers: impl IntoIterator<Item = ModelReply>) {
        let lines = answers.into_iter().map(|answer| Line { cue: Some(cue.to_owned()), answer });
        self.shared.script.lock().unwrap().extend(lines);
    }

    /// Lets one [held](ModelReply::Held) call go on, to the next answer.
    pub fn release(&self) {
        self.shared.released.add_permits(1);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Waits until it was asked so often, and returns what.
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
    /// The next answer for a call with this body.
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
