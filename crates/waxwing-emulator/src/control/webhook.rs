//! Choice of the server under test.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use reqwest::Url;
use serde::Deserialize;

use super::{ErrorResponse, bad_request, body};
use crate::shared::Shared;
use crate::webhook::target::WebhookTarget;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookRequest {
    /// URL of the webhook, `http` or `https`.
    url: String,
}

/// Sets the URL of the webhook. Webhooks that wait or that are being redelivered use the new URL, too.
pub(super) async fn set(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<WebhookRequest>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let WebhookRequest { url } = body(request)?;
    if !Url::parse(&url).is_ok_and(|parsed| parsed.has_host() && matches!(parsed.scheme(), "http" | "https")) {
        return Err(bad_request(format!("{url} is not a URL: write it as http://127.0.0.1:8000/webhook")));
    }
    shared.callbacks.send_modify(|callbacks| callbacks.app = Some(WebhookTarget::Url(url)));
    Ok(StatusCode::NO_CONTENT)
}
