//! Servers over HTTP: reqwest, with the limits of this crate and without addresses in its errors, since an address may hold a key and the library logs what fails.

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

use super::MAX_MESSAGE;

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait before the stream of notifications is opened again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The failures of this transport.
pub(super) type Error = StreamableHttpError<reqwest::Error>;

/// A way to the server at this URL.
///
/// # Errors
///
/// Where the TLS library cannot be initialised.
pub(super) fn transport(
    url: &str,
    headers: &[(HeaderName, HeaderValue)],
) -> Result<StreamableHttpClientTransport<Client>, reqwest::Error> {
    let client = reqwest::Client::builder()
        // They go with each request, and the library, which logs its own headers, does not know them.
        .default_headers(headers.iter().cloned().collect::<HeaderMap>())
        // A redirect would take them to another host.
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()?;
    let mut backoff = ExponentialBackoff::default();
    backoff.max_delay = Some(LONGEST_WAIT);
    let mut config = StreamableHttpClientTransportConfig::with_uri(url)
        // The usual 16 would be used up by as many calls that hang.
        .max_concurrent_requests(64)
        .max_sse_event_size(MAX_MESSAGE)
        .max_json_response_size(MAX_MESSAGE)
        .reinit_on_expired_session(true);
    config.retry_config = Arc::new(backoff);
    Ok(StreamableHttpClientTransport::with_client(Client(client), config))
}

/// What failed, as the end of a sentence about the server.
pub(super) fn in_words(error: &Error) -> String {
    let status = match error {
        StreamableHttpError::Client(error) if error.is_timeout() => return "cannot be reached in time".into(),
        StreamableHttpError::Client(error) => error.status().map(|status| status.as_u16()),
        StreamableHttpError::HttpStatus(error) => Some(error.status),
        StreamableHttpError::AuthRequired(_) => Some(401),
        StreamableHttpError::InsufficientScope(_) => Some(403),
        StreamableHttpError::SessionExpired => Some(404),
        // The library has no better place for it.
        StreamableHttpError::UnexpectedServerResponse(words) => match status_in(words) {
            None => return "does not speak the protocol".into(),
            status => status,
        },
        _ => return "does not speak the protocol".into(),
    };
    match status {
        Some(status) => format!("answered with HTTP {status}"),
        None => "cannot be reached".into(),
    }
}

/// True if what was to be sent never left.
pub(super) fn is_unsent(error: &Error) -> bool {
    matches!(error, StreamableHttpError::Client(error) if error.is_connect())
}

/// The status in `HTTP 401 Unauthorized: ..`.
fn status_in(words: &str) -> Option<u16> {
    words.strip_prefix("HTTP ")?.get(..3)?.parse().ok()
}

/// reqwest, without addresses in its errors.
#[derive(Clone)]
pub(super) struct Client(reqwest::Client);

fn nameless(error: Error) -> Error {
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
        self.0.post_message(uri, message, session_id, auth_header, custom_headers).await.map_err(nameless)
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
            .map_err(nameless)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Error> {
        self.0.delete_session(uri, session_id, auth_header, custom_headers).await.map_err(nameless)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxedSseResponse, Error> {
        self.0.get_stream(uri, session_id, last_event_id, auth_header, custom_headers).await.map_err(nameless)
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
            .map_err(nameless)
    }
}
