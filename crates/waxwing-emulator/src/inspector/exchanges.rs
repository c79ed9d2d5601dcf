//! `GET /control/requests` and `GET /control/webhooks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{ErrorResponse, error, permit, wait_time, wait_up_to};
use crate::exchange_log::redaction::Redaction;
use crate::exchange_log::{Exchange, ExchangeFilter, ExchangeKind, MAX_EXCHANGES, matching, view, wait_for};
use crate::rules::address::{Recipient, is_bsuid, phone_digits};
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;

/// Maximum number of digits of a user's id. A phone number has more.
const MAX_ID_DIGITS: usize = 6;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeQuery {
    /// Sequence number of the last known exchange.
    #[serde(default)]
    after: u64,
    /// Time to wait for an exchange.
    wait: Option<String>,
    /// Maximum number of exchanges.
    limit: Option<usize>,
    /// Part of the path.
    path: Option<String>,
    method: Option<String>,
    /// Id, phone number, BSUID or profile name of a user.
    user: Option<String>,
    /// Id of a message.
    message: Option<String>,
    /// HTTP status, or `none`.
    status: Option<String>,
    /// Name of the rule that refused a call.
    rule: Option<String>,
    /// JSON that the body of the request contains.
    #[serde(rename = "match")]
    body: Option<String>,
}

type ExchangeQueryResult = Result<Query<ExchangeQuery>, QueryRejection>;

/// Returns calls of the Graph API.
pub(super) async fn requests(
    State(shared): State<Arc<Shared>>,
    query: ExchangeQueryResult,
) -> Result<Json<Value>, ErrorResponse> {
    find(&shared, ExchangeKind::Graph, query).await
}

/// Returns requests to the webhook.
pub(super) async fn webhooks(
    State(shared): State<Arc<Shared>>,
    query: ExchangeQueryResult,
) -> Result<Json<Value>, ErrorResponse> {
    find(&shared, ExchangeKind::Webhook, query).await
}

async fn find(shared: &Shared, kind: ExchangeKind, query: ExchangeQueryResult) -> Result<Json<Value>, ErrorResponse> {
    let Query(query) = query.map_err(|rejection| error(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let wait = wait_time(query.wait.as_deref())?;
    let limit = query.limit.unwrap_or(MAX_EXCHANGES).clamp(1, MAX_EXCHANGES);
    let filter = filter(shared, &query)?;
    let matches = |exchange: &Exchange| exchange.kind() == kind && filter.matches(exchange);
    let log = &shared.logs.exchanges;
    let mut found = matching(log, query.after, limit, matches);
    if found.exchanges.is_empty() && !wait.is_zero() {
        let _permit = permit(shared)?;
        found = match wait_up_to(shared, wait, wait_for(log, found.next, limit, matches)).await {
            Some(found) => found,
            None => matching(log, found.next, limit, matches),
        };
    }
    let redaction = Redaction::new(&shared.settings);
    let exchanges: Vec<_> = found.exchanges.iter().map(|exchange| view::exchange(exchange, &redaction)).collect();
    Ok(Json(json!({ "exchanges": exchanges, "next": found.next })))
}

fn filter(shared: &Shared, query: &ExchangeQuery) -> Result<ExchangeFilter, ErrorResponse> {
    let refused = |text: &str| error(StatusCode::BAD_REQUEST, text);
    let mut filter = ExchangeFilter::new();
    if let Some(path) = &query.path {
        filter = filter.path(path);
    }
    if let Some(method) = &query.method {
        filter = filter.method(method);
    }
    if let Some(user) = &query.user {
        filter = filter.user(find_user(shared, user)?);
    }
    if let Some(message) = &query.message {
        filter = filter.message(message);
    }
    filter = match query.status.as_deref() {
        None => filter,
        Some("none") => filter.no_response(),
        Some(status) => filter.status(status.parse().map_err(|_| refused("status is not a number, and not none"))?),
    };
    if let Some(rule) = &query.rule {
        filter = filter.rule(rule.parse().map_err(|_| refused("rule is not the name of a rule"))?);
    }
    if let Some(body) = &query.body {
        let body = serde_json::from_str(body);
        filter = filter.body(body.map_err(|why| refused(&format!("match is not JSON: {why}")))?);
    }
    Ok(filter)
}

/// Returns the user with an id, a phone number, a BSUID or a profile name.
fn find_user(shared: &Shared, name: &str) -> Result<EmulatedUserId, ErrorResponse> {
    let world = shared.world();
    let is_id = name.len() <= MAX_ID_DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
    let user = if is_id {
        name.parse().ok().and_then(|id| world.users.get(EmulatedUserId(id)))
    } else if is_bsuid(name) {
        world.users.find(&Recipient::Bsuid(name.to_owned()))
    } else if let Some(digits) = phone_digits(name) {
        world.users.find(&Recipient::Phone(digits))
    } else {
        world.users.find_by_name(name)
    };
    let missing = "there is no such user; a test creates one with POST /control/actions";
    user.map(|user| user.id).ok_or_else(|| error(StatusCode::NOT_FOUND, missing))
}
