//! HTTP transport to an MCP server.
//!
//! The transport adds the limits of this crate, and removes URLs from errors: a URL may hold a key, and the MCP library logs errors.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::{BoxedSseResponse, ExponentialBackoff};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError, StreamableHttpPostResponse,
    StreamableHttpResponseLimits,
};

use url::Url;
use waxwing_network::NetworkPolicy;

use super::MAX_MESSAGE;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum delay before the stream of notifications is opened again.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Error of the transport.
pub(super) type Error = StreamableHttpError<reqwest::Error>;

/// Creates a transport.
///
/// # Errors
///
/// Returns an error if the TLS library cannot be initialized.
pub(super) fn transport(
    url: &str,
    headers: &[(HeaderName, HeaderValue)],
    network: NetworkPolicy,
) -> Result<StreamableHttpClientTransport<Client>, reqwest::Error> {
    let mut client = reqwest::Client::builder();
    if Url::parse(url).is_ok_and(|url| network.bypasses_proxy(&url)) {
        client = client.no_proxy();
    }
    let client = client
        // Default headers are unknown to the MCP library, which logs the headers that it knows.
        .default_headers(headers.iter().cloned().collect::<HeaderMap>())
        // A redirect would send the headers to another host.
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()?;
    let mut backoff = ExponentialBackoff::default();
    backoff.max_delay = Some(MAX_BACKOFF);
    let mut config = StreamableHttpClientTransportConfig::with_uri(url)
        // Calls that hang would use up the default of 16.
        .max_concurrent_requests(64)
        .max_sse_event_size(MAX_MESSAGE)
        .max_json_response_size(MAX_MESSAGE)
        .reinit_on_expired_session(true);
    config.retry_config = Arc::new(backoff);
    Ok(StreamableHttpClientTransport::with_client(Client(client), config))
}

/// Describes an error without secrets.
pub(super) fn describe(error: &Error) -> String {
    let status = match error {
        StreamableHttpError::Client(error) if error.is_timeout() => return "connection timed out".into(),
        StreamableHttpError::Client(error) => error.status().map(|status| status.as_u16()),
        StreamableHttpError::HttpStatus(error) => Some(error.status),
        StreamableHttpError::AuthRequired(_) => Some(401),
        StreamableHttpError::InsufficientScope(_) => Some(403),
        StreamableHttpError::SessionExpired => Some(404),
        // The library reports an unexpected HTTP status as text.
        StreamableHttpError::UnexpectedServerResponse(text) => match status_in(text) {
            None => return "the server does not speak MCP".into(),
            status => status,
        },
        _ => return "the server does not speak MCP".into(),
    };
    match status {
        Some(status) => format!("HTTP status {status}"),
        None => "connection failed".into(),
    }
}

/// Returns true if the request certainly did not arrive at the server.
pub(super) fn is_unsent(error: &Error) -> bool {
    matches!(error, StreamableHttpError::Client(error) if error.is_connect())
}

/// Returns the status in a text such as `HTTP 401 Unauthorized: ..`.
fn status_in(text: &str) -> Option<u16> {
    text.strip_prefix("HTTP ")?.get(..3)?.parse().ok()
}

/// HTTP client whose errors hold no URL.
#[derive(Clone)]
pub(super) struct Client(reqwest::Client);

fn without_url(error: Error) -> Error {
    match error {
        StreamableHttpError::Client(error) => StreamableHttpError::Client(error.without_url()),
        other => other,
    }
}

impl StreamableHttpClient for Client {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Error> {
        self.0.post_message(uri, message, session_id, auth_header, custom_headers).await.map_err(without_url)
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        limits: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, Error> {
        self.0
            .post_message_with_response_limits(uri, message, session_id, auth_header, custom_headers, limits)
            .await
            .map_err(without_url)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Error> {
        self.0.delete_session(uri, session_id, auth_header, custom_headers).await.map_err(without_url)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxedSseResponse, Error> {
        self.0.get_stream(uri, session_id, last_event_id, auth_header, custom_headers).await.map_err(without_url)
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        limit: usize,
    ) -> Result<BoxedSseResponse, Error> {
        self.0
            .get_stream_with_max_sse_event_size(uri, session_id, last_event_id, auth_header, custom_headers, limit)
            .await
            .map_err(without_url)
    }
}
