//! Requests to the endpoint of a flow, as Meta sends them.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint>

use std::time::Duration;

use bytes::BytesMut;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::flow_crypto::{FlowCipher, FlowPublicKey};
use crate::shared::Shared;
use crate::webhook::signature;
use crate::world::account::NumberIndex;
use crate::world::flow_sessions::{EndpointError, EndpointRequest};

/// Time after which an endpoint counts as not available. Meta: flow endpoint.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of an answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// Version of the data exchange in a health check.
const PING_VERSION: &str = "3.0";

/// Sends a request to an endpoint. Returns the decrypted answer.
///
/// The status 421 says that the private key has changed: Meta reads the public key again, and repeats the request once.
pub(crate) async fn exchange(shared: &Shared, request: &EndpointRequest) -> Result<Value, EndpointError> {
    match post(shared, request).await {
        Err(EndpointError::Status { status: 421, .. }) => post(shared, request).await,
        result => result,
    }
}

/// Checks the health of an endpoint.
pub(crate) async fn ping(shared: &Shared, uri: String, number: NumberIndex) -> Result<(), EndpointError> {
    let payload = json!({ "version": PING_VERSION, "action": "ping" });
    let answer = exchange(shared, &EndpointRequest { uri, number, payload }).await?;
    if answer["data"]["status"] == "active" { Ok(()) } else { Err(EndpointError::NotActive) }
}

async fn post(shared: &Shared, request: &EndpointRequest) -> Result<Value, EndpointError> {
    let key = shared.world().account.number(request.number).settings.public_key.clone();
    let key = key.as_deref().and_then(FlowPublicKey::read).ok_or(EndpointError::NoKey)?;
    let cipher = FlowCipher::random().ok_or(EndpointError::NoKey)?;
    let body = cipher.encrypt(&key, &request.payload).ok_or(EndpointError::NoKey)?.to_string();
    let signature = signature::sign(&shared.settings, body.as_bytes());
    let no_answer = |_| EndpointError::NoAnswer(request.uri.clone());
    let response = shared.http.post(&request.uri).timeout(TIMEOUT).body(body);
    let response = response.header(CONTENT_TYPE, "application/json").header("X-Hub-Signature-256", signature);
    let mut response = response.send().await.map_err(no_answer)?;
    let status = response.status();
    let mut text = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if text.len() + chunk.len() > MAX_ANSWER {
            return Err(EndpointError::NotDecryptable);
        }
        text.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&text);
    if status == StatusCode::OK {
        return cipher.decrypt_answer(&text).ok_or(EndpointError::NotDecryptable);
    }
    // With status 427, the body has a text for the user: the flow cannot be used any more.
    let message =
        serde_json::from_str::<Value>(&text).ok().and_then(|body| body["error_msg"].as_str().map(str::to_owned));
    Err(EndpointError::Status { status: status.as_u16(), message })
}
