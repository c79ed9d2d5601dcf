//! Repetition of calls, as they were or edited.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::{Request, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::request::{ErrorResponse, error};
use crate::connection::ConnectionSwitch;
use crate::exchange_log::redaction::{self, Redaction};
use crate::exchange_log::{Exchange, ExchangeKind, Recorded, view};
use crate::shared::Shared;
use crate::timeline::WebhookSubject;
use crate::webhook::target::WebhookTarget;
use crate::webhook_recording::WebhookAttempt;
use crate::{graph, json_escape, webhook_delivery};

/// Time after which a call without a response ends.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Headers of a call that its repetition has as well.
const REPEATED_HEADERS: [&str; 2] = ["content-type", "user-agent"];

type ExchangeAnswer = Result<Json<Value>, ErrorResponse>;

/// Call that a person wrote.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRequest {
    method: String,
    /// Path with its query.
    path: String,
    #[serde(default)]
    body: Option<Value>,
    /// Whether the call has the access token.
    #[serde(default = "with_token")]
    token: bool,
}

fn with_token() -> bool {
    true
}

/// Webhook that a person wrote.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    body: Value,
}

/// Sends a call of the Graph API.
pub(super) async fn send_request(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<NewRequest>, JsonRejection>,
) -> ExchangeAnswer {
    let Json(request) = request.map_err(|rejection| error(rejection.status(), rejection.body_text()))?;
    let mut headers = vec![(USER_AGENT.as_str(), "waxwing-inspector".to_owned())];
    if request.body.is_some() {
        headers.push((CONTENT_TYPE.as_str(), "application/json".to_owned()));
    }
    if request.token {
        headers.push((AUTHORIZATION.as_str(), bearer(&shared)));
    }
    let body = request.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    call(&shared, &request.method.to_ascii_uppercase(), &request.path, &headers, body).await
}

/// Repeats a call of the Graph API.
pub(super) async fn resend_request(State(shared): State<Arc<Shared>>, Path(seq): Path<u64>) -> ExchangeAnswer {
    let exchange = recorded(&shared, ExchangeKind::Graph, seq)?;
    let request = exchange.request();
    let body = request.body.whole().ok_or_else(|| {
        error(
            StatusCode::CONFLICT,
            "the body is larger than 1 MiB, so the log does not have it; repeat the call yourself",
        )
    })?;
    let repeated = request.headers.iter().filter(|(name, _)| REPEATED_HEADERS.contains(name));
    let mut headers: Vec<_> = repeated.map(|(name, value)| (name, value.to_owned())).collect();
    match request.has_right_token {
        Some(true) => headers.push((AUTHORIZATION.as_str(), bearer(&shared))),
        Some(false) => headers.push((AUTHORIZATION.as_str(), "Bearer wrong".to_owned())),
        None => {}
    }
    let query = request.query.as_deref().map(redaction::without_secrets).unwrap_or_default();
    let path = if query.is_empty() { request.path.clone() } else { format!("{}?{query}", request.path) };
    call(&shared, &request.method, &path, &headers, Body::from(body.clone())).await
}

/// Posts a webhook, signed and in Meta's escaped form.
pub(super) async fn send_webhook(
    State(shared): State<Arc<Shared>>,
    webhook: Result<Json<NewWebhook>, JsonRejection>,
) -> ExchangeAnswer {
    let Json(webhook) = webhook.map_err(|rejection| error(rejection.status(), rejection.body_text()))?;
    let body = Bytes::from(json_escape::to_bytes(&webhook.body));
    let exchange = webhook_delivery::post_signed(&shared, &target(&shared, &body)?, body).await;
    Ok(answer(&shared, &exchange))
}

/// Posts a webhook again, byte for byte and with the same signature.
pub(super) async fn resend_webhook(State(shared): State<Arc<Shared>>, Path(seq): Path<u64>) -> ExchangeAnswer {
    let exchange = recorded(&shared, ExchangeKind::Webhook, seq)?;
    let request = exchange.request();
    let body = request.body.whole().filter(|body| !body.is_empty()).ok_or_else(|| {
        error(StatusCode::CONFLICT, "the log has no body of this request; only a webhook can be posted again")
    })?;
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    if !json["version"].is_null() && !json["action"].is_null() && json["entry"].is_null() {
        return Err(error(
            StatusCode::CONFLICT,
            "this request went to the endpoint of a flow; open the flow again instead",
        ));
    }
    let headers: Vec<_> = request.headers.iter().filter(|(name, _)| *name != USER_AGENT.as_str()).collect();
    let subject = |user| {
        let message = |message: &String| WebhookSubject::Message { user, message: message.clone() };
        exchange.messages().iter().map(message).collect::<Vec<_>>()
    };
    let subjects = exchange.user().map(subject).unwrap_or_default();
    let attempt = WebhookAttempt { subjects: &subjects, ..WebhookAttempt::default() };
    let target = target(&shared, body)?;
    let (again, _) = webhook_delivery::post_recorded(&shared, &target, body.clone(), &headers, attempt).await;
    Ok(answer(&shared, &again))
}

async fn call(
    shared: &Arc<Shared>,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: Body,
) -> ExchangeAnswer {
    let uri: Uri = path.parse().map_err(|_| error(StatusCode::BAD_REQUEST, "the path is not a path of a URL"))?;
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.extension(ConnectInfo(ConnectionSwitch::default())).body(body);
    let request = request.map_err(|why| error(StatusCode::BAD_REQUEST, format!("the call is not valid: {why}")))?;
    let call = graph::service(shared).oneshot(request);
    let no_response = "the call got no response within 30 s; a fault may hold it up, and the log shows it";
    let Ok(Ok(response)) = tokio::time::timeout(CALL_TIMEOUT, call).await else {
        return Err(error(StatusCode::GATEWAY_TIMEOUT, no_response));
    };
    match response.extensions().get::<Recorded>() {
        Some(Recorded(exchange)) => Ok(answer(shared, exchange)),
        None => Err(error(StatusCode::INTERNAL_SERVER_ERROR, "the call was not recorded")),
    }
}

fn answer(shared: &Shared, exchange: &Exchange) -> Json<Value> {
    Json(json!({ "exchange": view::exchange(exchange, &Redaction::new(&shared.settings)) }))
}

fn bearer(shared: &Shared) -> String {
    format!("Bearer {}", shared.settings.access_token)
}

fn recorded(shared: &Shared, kind: ExchangeKind, seq: u64) -> Result<Arc<Exchange>, ErrorResponse> {
    let exchange = shared.logs.exchanges.get(seq).filter(|exchange| exchange.kind() == kind);
    exchange.ok_or_else(|| error(StatusCode::NOT_FOUND, "the log has no such exchange any more"))
}

fn target(shared: &Shared, body: &[u8]) -> Result<WebhookTarget, ErrorResponse> {
    let missing = "no webhook is set; start the emulator with a webhook, or subscribe one";
    shared.callbacks.borrow().for_body(body).ok_or_else(|| error(StatusCode::CONFLICT, missing))
}
