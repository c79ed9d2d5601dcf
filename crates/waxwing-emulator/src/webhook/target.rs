//! Where webhooks go: to a URL, or into an application in the same process.

use std::error::Error as StdError;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{HOST, USER_AGENT};
use axum::http::{Method, Request, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::Url;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::emulator::WebhookResponse;
use crate::error::Error;

/// What Meta calls itself.
pub(crate) const NAME: &str = "facebookexternalua";
/// The most of an answer that is read, in bytes.
const ANSWER: usize = 64 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A server under test.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Url(String),
    Service { service: BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>, path: String },
}

impl Target {
    /// An application in this process, and the path of its webhook.
    pub(crate) fn service<S>(service: S, path: String) -> Self
    where
        S: tower::Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
    {
        Self::Service { service: BoxCloneSyncService::new(service.map_err(Into::into)), path }
    }

    /// Asks as Meta does when it verifies a webhook.
    pub(crate) async fn get(
        &self,
        http: &reqwest::Client,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<WebhookResponse, Error> {
        self.call(http, Method::GET, query, Bytes::new(), &[], timeout).await
    }

    /// Posts a body once, with these headers and none of ours but the User-Agent.
    pub(crate) async fn post(
        &self,
        http: &reqwest::Client,
        body: Bytes,
        headers: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<WebhookResponse, Error> {
        self.call(http, Method::POST, &[], body, headers, timeout).await
    }

    async fn call(
        &self,
        http: &reqwest::Client,
        method: Method,
        query: &[(&str, &str)],
        body: Bytes,
        headers: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<WebhookResponse, Error> {
        let address = match self {
            Self::Url(url) => Url::parse(url),
            Self::Service { path, .. } => Url::parse("http://localhost").and_then(|base| base.join(path)),
        };
        let mut url = address.map_err(|error| Error::WebhookUrl(Box::new(error)))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        match self {
            Self::Url(_) => {
                let mut request = http.request(method, url).body(body).timeout(timeout);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let response = request.send().await.map_err(Error::no_answer)?;
                let status = response.status().as_u16();
                let chunks = response.bytes_stream().map(|chunk| chunk.map_err(Error::no_answer));
                answer(status, chunks).await
            }
            Self::Service { service, .. } => {
                // As a server gets it: path and query alone.
                let uri = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
                let mut request =
                    Request::builder().method(method).uri(uri).header(HOST, "localhost").header(USER_AGENT, NAME);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let request = request.body(Body::from(body)).map_err(|error| Error::NoAnswer(Box::new(error)))?;
                exchange(service.clone().oneshot(request), timeout).await
            }
        }
    }
}

/// Waits for a service's answer. A task of its own makes a panic what it is to a server: a connection without an answer.
async fn exchange(
    call: impl Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
    timeout: Duration,
) -> Result<WebhookResponse, Error> {
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let response = call.await.map_err(Error::NoAnswer)?;
        let status = response.status().as_u16();
        let chunks = response.into_body().into_data_stream();
        answer(status, chunks.map(|chunk| chunk.map_err(|error| Error::NoAnswer(Box::new(error))))).await
    }));
    let late = |error| Error::NoAnswer(Box::new(error));
    tokio::time::timeout(timeout, task).await.map_err(late)?.map_err(|error| Error::NoAnswer(Box::new(error)))?
}

/// Reads an answer, up to a bound.
async fn answer(
    status: u16,
    chunks: impl futures_util::Stream<Item = Result<Bytes, Error>>,
) -> Result<WebhookResponse, Error> {
    let mut chunks = std::pin::pin!(chunks);
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER - body.len())]);
        if body.len() == ANSWER {
            break;
        }
    }
    Ok(WebhookResponse { status, body: String::from_utf8_lossy(&body).into_owned() })
}
