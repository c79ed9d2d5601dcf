//! HTTP transport to an MCP server.
//!
//! The transport adds the limits of this crate, and removes URLs from errors: a URL may hold a key, and the MCP library logs errors.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use rmcp::model::{ClientJsonRpcMessage, JsonRpcError, JsonRpcMessage, RequestId};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::{BoxedSseResponse, ExponentialBackoff};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError, StreamableHttpPostResponse,
    StreamableHttpResponseLimits,
};

use url::Url;
use waxwing_network::NetworkPolicy;

use super::user_token::UserTokenSigner;
use super::{MAX_MESSAGE, USER, USER_TOKEN_HEADER};

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
    user_tokens: Option<UserTokenSigner>,
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
    Ok(StreamableHttpClientTransport::with_client(Client { inner: client, user_tokens }, config))
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

/// Returns true if the server refused the session, so that the request certainly had no effect.
pub(super) fn is_session_refused(error: &Error) -> bool {
    matches!(error, StreamableHttpError::SessionExpired)
}

/// Returns the status in a text such as `HTTP 401 Unauthorized: ..`.
fn status_in(text: &str) -> Option<u16> {
    text.strip_prefix("HTTP ")?.get(..3)?.parse().ok()
}

/// HTTP client that signs the identity of the user, and whose errors hold no URL.
#[derive(Clone)]
pub(super) struct Client {
    inner: reqwest::Client,
    user_tokens: Option<UserTokenSigner>,
}

impl Client {
    /// Adds the token about the user to the headers of a tool call. Each attempt has a token of its own, because tokens expire.
    fn add_user_token(&self, message: &ClientJsonRpcMessage, headers: &mut HashMap<HeaderName, HeaderValue>) {
        let Some(signer) = &self.user_tokens else { return };
        let Ok(message) = serde_json::to_value(message) else { return };
        let (params, is_call) = (&message["params"], message["method"] == "tools/call");
        let (user, tool) = (&params["_meta"][USER], params["name"].as_str().unwrap_or_default());
        if !is_call || !user.is_object() {
            return;
        }
        if let Ok(mut token) = HeaderValue::try_from(signer.sign(user, tool)) {
            token.set_sensitive(true);
            headers.insert(HeaderName::from_static(USER_TOKEN_HEADER), token);
        }
    }

    fn read(
        response: Result<StreamableHttpPostResponse, Error>,
        request: Option<&RequestId>,
        has_session: bool,
    ) -> Result<StreamableHttpPostResponse, Error> {
        match response {
            Ok(StreamableHttpPostResponse::Json(JsonRpcMessage::Error(error), _))
                if has_session && refuses_session(&error, request) =>
            {
                Err(StreamableHttpError::SessionExpired)
            }
            Err(StreamableHttpError::UnexpectedServerResponse(text)) if has_session && text_refuses_session(&text) => {
                Err(StreamableHttpError::SessionExpired)
            }
            response => response.map_err(without_url),
        }
    }
}

fn without_url(error: Error) -> Error {
    match error {
        StreamableHttpError::Client(error) => StreamableHttpError::Client(error.without_url()),
        other => other,
    }
}

/// Returns true if an error says that the session is unknown, and does not answer the request: no tool has run then.
///
/// The specification asks for status 404. Servers with older releases of the official libraries respond with status 400 and such an error
/// (<https://github.com/modelcontextprotocol/python-sdk/issues/1004>).
fn refuses_session(error: &JsonRpcError, request: Option<&RequestId>) -> bool {
    let answers_request = error.id.is_some() && error.id.as_ref() == request;
    !answers_request && names_session(&error.error.message)
}

/// Like [`refuses_session`], for an error that is not JSON-RPC.
fn text_refuses_session(text: &str) -> bool {
    status_in(text) == Some(400) && names_session(text)
}

fn names_session(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("session id") || text.contains("session-id") || text.contains("session not found")
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
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session_id, auth_header, custom_headers, limits).await
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        mut custom_headers: HashMap<HeaderName, HeaderValue>,
        limits: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, Error> {
        self.add_user_token(&message, &mut custom_headers);
        let request = match &message {
            JsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let has_session = session_id.is_some();
        let response = self
            .inner
            .post_message_with_response_limits(uri, message, session_id, auth_header, custom_headers, limits)
            .await;
        Self::read(response, request.as_ref(), has_session)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Error> {
        self.inner.delete_session(uri, session_id, auth_header, custom_headers).await.map_err(without_url)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxedSseResponse, Error> {
        self.inner.get_stream(uri, session_id, last_event_id, auth_header, custom_headers).await.map_err(without_url)
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
        self.inner
            .get_stream_with_max_sse_event_size(uri, session_id, last_event_id, auth_header, custom_headers, limit)
            .await
            .map_err(without_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(id: &Value, message: &str, expected: bool) {
        let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32600, "message": message}});
        let error = serde_json::from_value(error).unwrap();
        assert_eq!(refuses_session(&error, Some(&RequestId::Number(7))), expected);
    }

    #[test]
    fn only_an_error_that_answers_no_request_refuses_a_session() {
        check(&Value::Null, "Bad Request: No valid session ID provided", true);
        check(&json!("server-error"), "Session not found", true);
        check(&Value::Null, "Unknown Mcp-Session-Id header", true);
        check(&Value::Null, "Parse error", false);
        // A tool has run, and its error mentions a session.
        check(&json!(7), "the session ID of the browser is unknown", false);
    }

    #[test]
    fn a_refusal_can_be_a_text() {
        assert!(text_refuses_session("HTTP 400 Bad Request: invalid session ID"));
        assert!(!text_refuses_session("HTTP 500 Internal Server Error: invalid session ID"));
        assert!(!text_refuses_session("HTTP 400 Bad Request: no"));
    }
}
