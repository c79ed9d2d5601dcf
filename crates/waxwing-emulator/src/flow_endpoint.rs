//! Requests to the endpoint of a flow, as Meta sends them.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint>

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use crate::error::Error;
use crate::flow_crypto::{FlowCipher, FlowPublicKey};
use crate::shared::Shared;
use crate::webhook::response::WebhookResponse;
use crate::webhook::signature;
use crate::webhook::target::WebhookTarget;
use crate::webhook_recording::{WebhookAttempt, WebhookRecorder};
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
    let answer = exchange(shared, &EndpointRequest { uri, number, subject: None, payload }).await?;
    if answer["data"]["status"] == "active" { Ok(()) } else { Err(EndpointError::NotActive) }
}

async fn post(shared: &Shared, request: &EndpointRequest) -> Result<Value, EndpointError> {
    let key = shared.world().account.number(request.number).settings.public_key.clone();
    let key = key.as_deref().and_then(FlowPublicKey::read).ok_or(EndpointError::NoKey)?;
    let cipher = FlowCipher::random().ok_or(EndpointError::NoKey)?;
    let payload = with_token_signature(shared, request.payload.clone());
    let body = cipher.encrypt(&key, &payload).ok_or(EndpointError::NoKey)?.to_string();
    let signature = signature::sign(&shared.settings, body.as_bytes());
    let headers = [("content-type", "application/json"), ("x-hub-signature-256", signature.as_str())];
    // The log shows the decrypted payload, because the encrypted one helps nobody.
    let target = WebhookTarget::Url(request.uri.clone());
    let payload = Bytes::from(payload.to_string());
    let recorder = WebhookRecorder::post(shared, &target, &headers, &payload);
    let attempt = WebhookAttempt { subjects: request.subject.as_slice(), ..WebhookAttempt::default() };
    let response = match send(shared, &request.uri, &headers, body).await {
        Ok(response) => response,
        Err(error) => {
            let uri = request.uri.clone();
            let answer =
                if error.is_timeout() { EndpointError::TimedOut(uri) } else { EndpointError::Unreachable(uri) };
            recorder.end(shared, attempt, Some(&Err(Error::no_response(error))));
            return Err(answer);
        }
    };
    let decrypted = if response.status == 200 { cipher.decrypt_answer(&response.body) } else { None };
    let shown = decrypted.as_ref().map(Value::to_string);
    let shown = WebhookResponse { body: shown.unwrap_or_else(|| response.body.clone()), ..response.clone() };
    recorder.end(shared, attempt, Some(&Ok(shown)));
    if response.status == 200 {
        return decrypted.ok_or(EndpointError::NotDecryptable);
    }
    // With status 427, the body has a text for the user: the flow cannot be used any more.
    let message = serde_json::from_str::<Value>(&response.body).ok();
    let message = message.and_then(|body| body["error_msg"].as_str().map(str::to_owned));
    Err(EndpointError::Status { status: response.status, message })
}

/// Adds the signature of the flow token, which requests have since version 4.0 of the data exchange.
fn with_token_signature(shared: &Shared, mut payload: Value) -> Value {
    let major = payload["version"].as_str().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if let Some(token) = payload["flow_token"].as_str()
        && major >= Some(4)
    {
        payload["flow_token_signature"] = signature::sign_flow_token(&shared.settings, token).into();
    }
    payload
}

/// Posts an encrypted body. An answer beyond the maximum size is cut, so it cannot be decrypted.
async fn send(
    shared: &Shared,
    uri: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Result<WebhookResponse, reqwest::Error> {
    let request = shared.http.post(uri).timeout(TIMEOUT).body(body);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut text = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if text.len() + chunk.len() > MAX_ANSWER {
            break;
        }
        text.extend_from_slice(&chunk);
    }
    Ok(WebhookResponse::new(status, headers, String::from_utf8_lossy(&text).into_owned()))
}
