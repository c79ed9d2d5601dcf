//! Groups: `/{version}/{phone_number_id}/groups`, `/{version}/{group_id}` with `invite_link`, `join_requests` and `participants`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::Call;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::{pick_fields, respond};
use crate::clock::unix_seconds;
use crate::operations::groups;
use crate::rules::error::webhook_error;
use crate::rules::group::{self as rules, APPROVAL, NO_APPROVAL};
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;
use crate::world::World;

/// Error code of a request that was done in part.
const PARTLY_DONE: u32 = 131_201;

/// Lists the groups of a number.
pub(super) async fn list(State(shared): State<Arc<Shared>>, call: Call, request: PageRequest) -> Response {
    let groups = call.number(&shared).map(|number| {
        let world = shared.world();
        let groups = world.groups.iter().filter(|(_, group)| group.number == number);
        let described = groups.map(|(id, group)| {
            json!({ "id": id, "subject": group.subject, "created_at": unix_seconds(group.created).to_string() })
        });
        described.collect::<Vec<_>>()
    });
    let listed = groups.and_then(|groups| {
        let mut body = page(&groups, &request)?;
        // Other lists have no name.
        body["data"] = json!({ "groups": body["data"].take() });
        Ok(body)
    });
    respond(&shared, &call.version, listed)
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let request = rules::check_create(body?, &shared.rules())?;
        shared.change(|world| groups::create(world, number, request)).map(|id| accepted(&id))
    });
    respond(&shared, &call.version, result)
}

/// Changes the group with this id.
pub(super) fn update(shared: &Shared, id: &str, body: Value) -> Result<Value, GraphError> {
    let update = rules::check_update(body, &shared.rules())?;
    shared.change(|world| groups::update(world, id, update)).map(|id| accepted(&id))
}

/// Returns the answer to a request whose result is reported by a webhook.
pub(super) fn accepted(request_id: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "request_id": request_id, "success": true })
}

pub(super) async fn invite_link(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = shared.world().groups.require(&call.id).map(|group| link(&group.invite_link()));
    respond(&shared, &call.version, result)
}

pub(super) async fn reset_invite_link(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Parameters(body): Parameters,
) -> Response {
    let result = body.and_then(|body| {
        rules::check_plain(body, &shared.rules())?;
        shared.change(|world| groups::reset_invite_link(world, &call.id)).map(|new| link(&new))
    });
    respond(&shared, &call.version, result)
}

/// Invalidates the invite link. A group always has one, so a new one takes its place.
pub(super) async fn delete_invite_link(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = shared.change(|world| groups::reset_invite_link(world, &call.id));
    let result = result.map(|_| json!({ "messaging_product": "whatsapp", "success": true }));
    respond(&shared, &call.version, result)
}

fn link(link: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "invite_link": link })
}

pub(super) async fn join_requests(State(shared): State<Arc<Shared>>, call: Call, request: PageRequest) -> Response {
    let requests = {
        let world = shared.world();
        world.groups.require(&call.id).map(|group| {
            let described = group.join_requests.iter().map(|request| {
                let mut described = groups::participant(&world, request.user).unwrap_or_default();
                described["join_request_id"] = request.id.as_str().into();
                described["creation_timestamp"] = unix_seconds(request.at).into();
                described
            });
            described.collect::<Vec<_>>()
        })
    };
    respond(&shared, &call.version, requests.and_then(|requests| page(&requests, &request)))
}

pub(super) async fn approve(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    decide(&shared, &call, body, true)
}

pub(super) async fn reject(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    decide(&shared, &call, body, false)
}

fn decide(shared: &Shared, call: &Call, body: Result<Value, GraphError>, is_approved: bool) -> Response {
    match apply_decision(shared, call, body, is_approved) {
        // Meta lists the parts that failed.
        Ok(body) if body.get("errors").is_some() => (StatusCode::PARTIAL_CONTENT, Json(body)).into_response(),
        result => respond(shared, &call.version, result),
    }
}

/// Decides about requests to join. If none of them is open, the call fails.
fn apply_decision(
    shared: &Shared,
    call: &Call,
    body: Result<Value, GraphError>,
    is_approved: bool,
) -> Result<Value, GraphError> {
    let ids = rules::check_join_requests(body?, &shared.rules())?;
    shared.change(|world| {
        world.groups.require(&call.id)?;
        let (mut done, mut failed, mut last) = (Vec::new(), Vec::new(), None);
        for id in ids {
            match groups::decide(world, &call.id, &id, is_approved) {
                Ok(()) => done.push(id),
                Err(error) => {
                    failed.push(json!({ "join_request_id": id, "errors": [webhook_error(error.code)] }));
                    last = Some(error);
                }
            }
        }
        if let Some(error) = last.filter(|_| done.is_empty()) {
            return Err(error);
        }
        let key = if is_approved { "approved_join_requests" } else { "rejected_join_requests" };
        let mut body = accepted(&world.runtime.ids.request());
        body[key] = done.into();
        if !failed.is_empty() {
            body["failed_join_requests"] = failed.into();
            body["errors"] = json!([webhook_error(PARTLY_DONE)]);
        }
        Ok(body)
    })
}

pub(super) async fn remove(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = body.and_then(|body| {
        let named = rules::check_participants(body, &shared.rules())?;
        shared.change(|world| groups::remove(world, &call.id, named)).map(|id| accepted(&id))
    });
    respond(&shared, &call.version, result)
}

/// Returns the requested fields of a group. Default: its id.
pub(super) fn describe(world: &World, id: &str, fields: Option<&str>) -> Result<Value, GraphError> {
    let group = world.groups.get(id).ok_or_else(|| GraphError::violates(Rule::UnknownGroup))?;
    let participants: Vec<_> = group.participants.iter().filter_map(|user| groups::participant(world, *user)).collect();
    let all = json!({
        "messaging_product": "whatsapp",
        "id": id,
        "subject": group.subject,
        "description": group.description.as_deref().unwrap_or_default(),
        "join_approval_mode": if group.needs_approval { APPROVAL } else { NO_APPROVAL },
        "suspended": group.is_suspended,
        "creation_timestamp": unix_seconds(group.created),
        "total_participant_count": participants.len(),
        "participants": participants,
    });
    let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
    pick_fields(all, &format!("messaging_product,id,{}", fields.unwrap_or_default())).map(Value::from)
}
