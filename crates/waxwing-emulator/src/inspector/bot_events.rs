//! `/control/bot-events`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{ErrorResponse, error, permit, wait_time, wait_up_to};
use crate::bot_event::{BotEvent, MAX_EVENTS};
use crate::shared::Shared;

/// Records an event of the bot. Returns its sequence number.
pub(super) async fn record(
    State(shared): State<Arc<Shared>>,
    event: Result<Json<BotEvent>, JsonRejection>,
) -> Result<Json<Value>, ErrorResponse> {
    let Json(event) = event.map_err(|rejection| error(rejection.status(), rejection.body_text()))?;
    let recorded = event.record(&shared.logs.bot_events, shared.clock.now());
    let seq = recorded.map_err(|why| error(StatusCode::BAD_REQUEST, why.to_string()))?;
    Ok(Json(json!({ "seq": seq })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BotEventQuery {
    /// Sequence number of the last known event.
    #[serde(default)]
    after: u64,
    /// Time to wait for an event.
    wait: Option<String>,
}

/// Returns events of the bot.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<BotEventQuery>, QueryRejection>,
) -> Result<Json<Value>, ErrorResponse> {
    let Query(query) = query.map_err(|rejection| error(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let wait = wait_time(query.wait.as_deref())?;
    let log = &shared.logs.bot_events;
    if !wait.is_zero() && log.last() <= query.after {
        let _permit = permit(&shared)?;
        let mut changes = log.changes();
        let newer = changes.wait_for(|newest| *newest > query.after);
        wait_up_to(&shared, wait, newer).await;
    }
    let events = log.after(query.after, MAX_EVENTS);
    let next = events.last().map_or(query.after, |(seq, _)| *seq);
    let events: Vec<_> = events.iter().map(|(_, event)| &**event).collect();
    Ok(Json(json!({ "events": events, "next": next })))
}
