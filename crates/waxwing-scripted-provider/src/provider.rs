//! The server.

mod context;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::shape::text;
use crate::{Refusal, ScriptedAnswer, anthropic, gemini, openai};

/// Largest body of a request, in bytes. Anthropic refuses larger ones.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// An API that the provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Api {
    /// Chat completions of OpenAI.
    OpenAiChat,
    /// Chat completions of OpenAI, as Azure offers them.
    AzureChat,
    /// Responses API of OpenAI.
    OpenAiResponses,
    /// Messages API of Anthropic.
    Anthropic,
    /// `generateContent` of Gemini.
    Gemini,
}

/// A request that the provider received.
#[derive(Clone)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// API of the request.
    pub api: Api,
    /// Name of the model, or of the deployment on Azure.
    pub model: String,
    /// Path and query.
    pub uri: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as it came, for comparisons of bytes.
    pub bytes: Bytes,
    /// Body as JSON. Null if it is none.
    pub body: Value,
}

/// Prints the API and the model.
impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ReceivedRequest");
        shown.field("api", &self.api).field("model", &self.model).finish_non_exhaustive()
    }
}

/// A provider on loopback. It stops when the last clone is dropped.
///
/// Answers come from a script, one for each accepted request. A request that a real provider refuses is refused, and takes no answer from the
/// script. After the last answer, requests fail with status 400 and the code `end_of_script`.
///
/// ```
/// use waxwing_scripted_provider::{Api, ScriptedProvider};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let provider = ScriptedProvider::start().await?;
/// provider.answer("Hello!");
/// println!("base URL for the client: {}", provider.base_url(Api::Anthropic));
/// assert_eq!(provider.requests().len(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedProvider {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    _server: Arc<Server>,
}

#[derive(Default)]
struct Shared {
    script: VecDeque<ScriptedAnswer>,
    repeated: Option<ScriptedAnswer>,
    requests: Vec<ReceivedRequest>,
    refusals: Vec<Refusal>,
    answers: usize,
    context: Option<usize>,
}

/// The task of the server, which ends with it.
struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ScriptedProvider {
    /// Starts a provider on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Mutex<Shared>>::default();
        let app = Router::new().fallback(serve).layer(DefaultBodyLimit::max(2 * MAX_BODY)).with_state(shared.clone());
        let server = tokio::spawn(async move {
            // The error of a listener on loopback cannot be handled, and shows in the test.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, shared, _server: Arc::new(Server(server)) })
    }

    /// Returns the base URL for clients of this API, without a slash at the end. The deployment on Azure is `gpt`.
    pub fn base_url(&self, api: Api) -> String {
        let path = match api {
            Api::OpenAiChat | Api::OpenAiResponses => "openai/v1",
            Api::AzureChat => "azure/openai/deployments/gpt",
            Api::Anthropic => "anthropic/v1",
            Api::Gemini => "gemini/v1beta",
        };
        format!("http://{}/{path}", self.address)
    }

    /// Adds an answer to the script.
    pub fn answer(&self, answer: impl Into<ScriptedAnswer>) -> &Self {
        self.shared().script.push_back(answer.into());
        self
    }

    /// Sets the answer to all requests after the last one of the script.
    pub fn then_always(&self, answer: impl Into<ScriptedAnswer>) -> &Self {
        self.shared().repeated = Some(answer.into());
        self
    }

    /// Sets the size of the context in tokens. A token has four bytes of the body. Larger requests are refused. Default: no limit.
    pub fn limit_context(&self, tokens: usize) -> &Self {
        self.shared().context = Some(tokens);
        self
    }

    /// Returns the requests so far, oldest first, with the refused ones.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared().requests.clone()
    }

    /// Returns the refusals so far, oldest first.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.shared().refusals.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl fmt::Debug for ScriptedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedProvider").field("address", &self.address).finish_non_exhaustive()
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(State(shared): State<Arc<Mutex<Shared>>>, uri: Uri, headers: HeaderMap, bytes: Bytes) -> Response {
    let Some((api, named)) = route(uri.path()) else {
        return json_response(404, &Refusal::new(format!("Invalid URL (POST {})", uri.path()), "").openai());
    };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let model = named.map_or_else(|| text(&body, "model").to_owned(), str::to_owned);
    let mut shared = lock(&shared);
    let result = check(api, &model, &uri, &headers, &body, bytes.len(), shared.context);
    let uri = uri.to_string();
    shared.requests.push(ReceivedRequest { api, model: model.clone(), uri, headers, bytes, body: body.clone() });
    if let Err(refusal) = result {
        let (status, body) = (refusal.status, refusal_body(api, &refusal));
        shared.refusals.push(refusal);
        return json_response(status, &body);
    }
    let Some(answer) = shared.script.pop_front().or_else(|| shared.repeated.clone()) else {
        let end = Refusal::new("The script has no more answers.", "").code("end_of_script");
        return json_response(400, &refusal_body(api, &end));
    };
    shared.answers += 1;
    let number = shared.answers;
    match &answer.raw {
        Some((status, body)) => json_response(*status, body),
        None => json_response(200, &answer_body(api, &model, &answer, number, &body)),
    }
}

/// Returns the API of a path, and the model that the path names.
fn route(path: &str) -> Option<(Api, Option<&str>)> {
    match path {
        "/openai/v1/chat/completions" => return Some((Api::OpenAiChat, None)),
        "/openai/v1/responses" => return Some((Api::OpenAiResponses, None)),
        "/anthropic/v1/messages" => return Some((Api::Anthropic, None)),
        _ => {}
    }
    let between = |prefix: &str, suffix: &str| path.strip_prefix(prefix)?.strip_suffix(suffix);
    let deployment = between("/azure/openai/deployments/", "/chat/completions");
    let model = between("/gemini/v1beta/models/", ":generateContent");
    deployment.map(|name| (Api::AzureChat, Some(name))).or_else(|| model.map(|name| (Api::Gemini, Some(name))))
}

fn check(
    api: Api,
    model: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Value,
    size: usize,
    context: Option<usize>,
) -> Result<(), Refusal> {
    check_credentials(api, uri, headers)?;
    if !body.is_object() {
        let message = "We could not parse the JSON body of your request.";
        return Err(Refusal::new(message, "https://platform.openai.com/docs/guides/error-codes"));
    }
    context::check(api, size, context)?;
    match api {
        Api::OpenAiChat | Api::AzureChat => openai::chat::check(body),
        Api::OpenAiResponses => openai::responses::check(body),
        Api::Anthropic => anthropic::check(body),
        Api::Gemini => gemini::check(model, body),
    }
}

fn check_credentials(api: Api, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    const ERRORS: &str = "https://platform.openai.com/docs/guides/error-codes";
    const AZURE: &str = "https://learn.microsoft.com/azure/ai-foundry/openai/reference";
    const ANTHROPIC: &str = "https://platform.claude.com/docs/en/api/overview";
    const GEMINI: &str = "https://ai.google.dev/gemini-api/docs/api-key";
    let has = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    let refuse = |status: u16, message: &str, source| Err(Refusal::new(message, source).status(status));
    match api {
        Api::OpenAiChat | Api::OpenAiResponses if !has(header::AUTHORIZATION.as_str()) => {
            refuse(401, "You didn't provide an API key.", ERRORS)
        }
        Api::AzureChat if !has("api-key") => refuse(
            401,
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
            AZURE,
        ),
        Api::AzureChat if !uri.query().is_some_and(|query| query.contains("api-version=")) => {
            refuse(404, "Resource not found", AZURE)
        }
        Api::Anthropic if !has("x-api-key") => refuse(401, "x-api-key header is required", ANTHROPIC),
        Api::Anthropic if !has("anthropic-version") => refuse(400, "anthropic-version: header is required", ANTHROPIC),
        Api::Gemini if !has("x-goog-api-key") => {
            refuse(403, "Method doesn't allow unregistered callers (callers without established identity).", GEMINI)
        }
        _ => Ok(()),
    }
}

fn refusal_body(api: Api, refusal: &Refusal) -> Value {
    match api {
        Api::OpenAiChat | Api::AzureChat | Api::OpenAiResponses => refusal.openai(),
        Api::Anthropic => refusal.anthropic(),
        Api::Gemini => refusal.gemini(),
    }
}

fn answer_body(api: Api, model: &str, answer: &ScriptedAnswer, number: usize, body: &Value) -> Value {
    match api {
        Api::OpenAiChat | Api::AzureChat => openai::chat_response(answer, number, body),
        Api::OpenAiResponses => openai::responses_response(answer, number, body),
        Api::Anthropic => anthropic::response(answer, number, body),
        Api::Gemini => gemini::response(answer, number, model, body),
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
