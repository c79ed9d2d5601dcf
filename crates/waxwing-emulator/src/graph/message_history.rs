//! History of messages: `GET /{version}/{phone_number_id}/message_history`, `GET /{version}/{history_id}/events`.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::paging::{PageRequest, page};
use super::response::{pick_fields, respond};
use crate::operations::message_history::{self, HistoryEvent};
use crate::rules::GraphError;
use crate::shared::Shared;
use crate::webhook::target::WebhookTarget;

/// Maximum number of entries on a page.
const MAX_PAGE: usize = 100;
/// Default fields of an entry.
const FIELDS: &str = "id,message_id";

#[derive(Debug, Deserialize)]
pub(super) struct HistoryQuery {
    message_id: Option<String>,
    fields: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EventsQuery {
    status_filter: Option<String>,
}

/// Lists the messages of a number with the events of each.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<HistoryQuery>,
    request: PageRequest,
) -> Response {
    let entries = call.number(&shared).and_then(|number| {
        let world = shared.world();
        let uri = callback_uri(&shared, &call.id);
        let entries = message_history::entries(&world, number, query.message_id.as_deref());
        let described = entries.into_iter().map(|entry| {
            let events: Vec<_> = entry.events.iter().map(|event| describe(&shared, event, uri.as_deref())).collect();
            let all = json!({ "id": entry.id, "message_id": entry.message, "events": { "data": events } });
            let fields = query.fields.as_deref().unwrap_or(FIELDS);
            let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
            pick_fields(all, &format!("id,{fields}")).map(Value::from)
        });
        described.collect::<Result<Vec<_>, _>>()
    });
    respond(&shared, &call.version, entries.and_then(|entries| page(&entries, &request.at_most(MAX_PAGE))))
}

/// Lists the events of one entry.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<EventsQuery>,
    request: PageRequest,
) -> Response {
    let events = {
        let world = shared.world();
        message_history::find(&world, &call.id).map(|entry| {
            let wanted = |event: &&HistoryEvent| query.status_filter.as_ref().is_none_or(|name| *name == event.status);
            let nodes = entry.events.iter().filter(wanted).map(|event| {
                let node = json!({
                    "id": event.id,
                    "delivery_status": event.status,
                    "occurrence_timestamp": event.at,
                    "status_timestamp": event.at,
                    "application": { "id": shared.settings.app_id, "name": shared.settings.name },
                });
                json!({ "cursor": event.id, "node": node })
            });
            nodes.collect::<Vec<_>>()
        })
    };
    let events = events.ok_or_else(GraphError::unknown_object);
    respond(&shared, &call.version, events.and_then(|events| page(&events, &request.at_most(MAX_PAGE))))
}

fn describe(shared: &Shared, event: &HistoryEvent, uri: Option<&str>) -> Value {
    json!({
        "id": event.id,
        "delivery_status": event.status,
        "webhook_update_state": event.webhook,
        "timestamp": event.at,
        "application": { "id": shared.settings.app_id },
        "webhook_uri": uri,
    })
}

/// Returns the URL that receives the webhooks of a number now.
fn callback_uri(shared: &Shared, number: &str) -> Option<String> {
    match shared.callbacks.borrow().of_number(Some(number)) {
        Some(WebhookTarget::Url(url)) => Some(url),
        _ => None,
    }
}
