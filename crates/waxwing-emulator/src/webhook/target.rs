//! Targets of webhook requests.

use std::error::Error as StdError;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{HOST, USER_AGENT};
use axum::http::{HeaderMap, Method, Request, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::Url;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use super::response::WebhookResponse;
use crate::error::Error;

/// User-Agent of Meta's webhook requests.
pub(crate) const META_USER_AGENT: &str = "facebookexternalua";
/// Maximum size of a response body, in bytes.
const MAX_BODY: usize = 64 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Server under test.
#[derive(Debug, Clone)]
pub(crate) enum WebhookTarget {
    Url(String),
    /// Service in the same process, with the path of its webhook.
    Service {
        service: BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>,
        path: String,
    },
}

/// Request to a target.
#[derive(Debug)]
struct WebhookRequest<'a> {
    method: Method,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
    body: Bytes,
    timeout: Duration,
}

impl WebhookTarget {
    /// Returns a service in the same process as a target.
    pub(crate) fn service<S>(service: S, path: String) -> Self
    where
        S: tower::Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
    {
        Self::Service { service: BoxCloneSyncService::new(service.map_err(Into::into)), path }
    }

    /// Returns the URL of the target. A service in the same process has a URL on `localhost`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Service { path, .. } => format!("http://localhost/{}", path.trim_start_matches('/')),
        }
    }

    /// Sends a GET request, as Meta does for the verification.
    pub(crate) async fn get(
        &self,
        http: &reqwest::Client,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<WebhookResponse, Error> {
        let request = WebhookRequest { method: Method::GET, query, headers: &[], body: Bytes::new(), timeout };
        self.send(http, request).await
    }

    /// Sends one POST request with these headers and the User-Agent of Meta.
    pub(crate) async fn post(
        &self,
        http: &reqwest::Client,
        body: Bytes,
        headers: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<WebhookResponse, Error> {
        self.send(http, WebhookRequest { method: Method::POST, query: &[], headers, body, timeout }).await
    }

    async fn send(&self, http: &reqwest::Client, request: WebhookRequest<'_>) -> Result<WebhookResponse, Error> {
        let address = match self {
            Self::Url(url) => Url::parse(url),
            Self::Service { path, .. } => Url::parse("http://localhost").and_then(|base| base.join(path)),
        };
        let mut url = address.map_err(|error| Error::WebhookUrl(Box::new(error)))?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        match self {
            Self::Url(_) => send_http(http, url, request).await,
            Self::Service { service, .. } => {
                let timeout = request.timeout;
                let request = service_request(&url, request)?;
                call_service(service.clone().oneshot(request), timeout).await
            }
        }
    }
}

async fn send_http(http: &reqwest::Client, url: Url, request: WebhookRequest<'_>) -> Result<WebhookResponse, Error> {
    let mut builder = http.request(request.method, url).body(request.body).timeout(request.timeout);
    for (name, value) in request.headers {
        builder = builder.header(*name, *value);
    }
    let response = builder.send().await.map_err(Error::no_response)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let chunks = response.bytes_stream().map(|chunk| chunk.map_err(Error::no_response));
    read_response(status, headers, chunks).await
}

/// Returns the request as a server receives it: with path and query only.
fn service_request(url: &Url, request: WebhookRequest<'_>) -> Result<Request<Body>, Error> {
    let uri = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let builder = Request::builder().method(request.method).uri(uri);
    let mut builder = builder.header(HOST, "localhost").header(USER_AGENT, META_USER_AGENT);
    for (name, value) in request.headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::from(request.body)).map_err(|error| Error::NoResponse(Box::new(error)))
}

/// Waits for the response of a service. A panic of the service means no response, as on the network; the call runs in a task of its
/// own for that reason.
async fn call_service(
    call: impl Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
    timeout: Duration,
) -> Result<WebhookResponse, Error> {
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let response = call.await.map_err(Error::NoResponse)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let chunks = response.into_body().into_data_stream();
        read_response(status, headers, chunks.map(|chunk| chunk.map_err(|error| Error::NoResponse(Box::new(error)))))
            .await
    }));
    let timed_out = |error| Error::NoResponse(Box::new(error));
    tokio::time::timeout(timeout, task).await.map_err(timed_out)?.map_err(|error| Error::NoResponse(Box::new(error)))?
}

/// Reads a response body up to the maximum size.
async fn read_response(
    status: u16,
    headers: HeaderMap,
    chunks: impl futures_util::Stream<Item = Result<Bytes, Error>>,
) -> Result<WebhookResponse, Error> {
    let mut chunks = std::pin::pin!(chunks);
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY - body.len())]);
        if body.len() == MAX_BODY {
            break;
        }
    }
    Ok(WebhookResponse::new(status, headers, String::from_utf8_lossy(&body).into_owned()))
}
