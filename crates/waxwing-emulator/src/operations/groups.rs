//! Groups that the business manages.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>

use serde_json::{Value, json};

use crate::payload;
use crate::rules::error::webhook_error;
use crate::rules::group::{APPROVAL, GroupUpdate, NO_APPROVAL, NamedParticipant, NewGroup};
use crate::rules::{GraphError, Rule};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::groups::{Group, JoinRequest};
use crate::world::webhook_queues::QueueKey;

const LIFECYCLE: &str = "group_lifecycle_update";
const PARTICIPANTS: &str = "group_participants_update";

/// Returns a group without participants.
pub(crate) fn new_group(world: &mut World, number: NumberIndex, request: NewGroup) -> Group {
    let NewGroup { subject, description, needs_approval } = request;
    Group {
        number,
        subject,
        description,
        needs_approval,
        is_suspended: false,
        created: world.now(),
        invite_code: world.runtime.ids.invite(),
        participants: Vec::new(),
        join_requests: Vec::new(),
    }
}

/// Creates a group without participants. Returns the id of the request, with which the webhook names the group.
pub(crate) fn create(world: &mut World, number: NumberIndex, request: NewGroup) -> Result<String, GraphError> {
    let id = world.runtime.ids.group();
    let group = new_group(world, number, request);
    let mode = if group.needs_approval { APPROVAL } else { NO_APPROVAL };
    let request_id = world.runtime.ids.request();
    let with = json!({
        "request_id": request_id,
        "subject": group.subject,
        "description": group.description,
        "invite_link": group.invite_link(),
        "join_approval_mode": mode,
    });
    world.groups.add(id.clone(), group, &world.account.rules)?;
    report(world, number, LIFECYCLE, &id, "group_create", with);
    Ok(request_id)
}

/// Deletes a group. Returns the id of the request.
pub(crate) fn delete(world: &mut World, id: &str) -> Result<String, GraphError> {
    let number = world.groups.require(id)?.number;
    world.groups.remove(id);
    let request_id = world.runtime.ids.request();
    report(world, number, LIFECYCLE, id, "group_delete", json!({ "request_id": request_id }));
    Ok(request_id)
}

/// Changes a group. Returns the id of the request.
pub(crate) fn update(world: &mut World, id: &str, update: GroupUpdate) -> Result<String, GraphError> {
    let GroupUpdate { subject, description, picture } = update;
    let group = world.groups.require_mut(id)?;
    let number = group.number;
    let text = |text: &Option<String>| text.as_ref().map(|text| json!({ "text": text, "update_successful": true }));
    let picture = picture
        .map(|picture| json!({ "mime_type": picture.mime_type, "sha256": picture.sha256, "update_successful": true }));
    let mut with = json!({
        "group_subject": text(&subject),
        "group_description": text(&description),
        "profile_picture": picture,
    });
    group.subject = subject.unwrap_or_else(|| std::mem::take(&mut group.subject));
    group.description = description.or_else(|| group.description.take());
    let request_id = world.runtime.ids.request();
    with["request_id"] = request_id.as_str().into();
    report(world, number, "group_settings_update", id, "group_settings_update", with);
    Ok(request_id)
}

/// Replaces the invite link of a group. Returns the new one.
pub(crate) fn reset_invite_link(world: &mut World, id: &str) -> Result<String, GraphError> {
    let code = world.runtime.ids.invite();
    let group = world.groups.require_mut(id)?;
    group.invite_code = code;
    Ok(group.invite_link())
}

/// Removes participants. Returns the id of the request.
pub(crate) fn remove(world: &mut World, id: &str, named: Vec<NamedParticipant>) -> Result<String, GraphError> {
    let (mut removed, mut failed) = (Vec::new(), Vec::new());
    for participant in named {
        let user = world.users.find(&participant.recipient).map(|user| user.id);
        let group = world.groups.require_mut(id)?;
        if let Some(at) = group.participants.iter().position(|known| Some(*known) == user) {
            group.participants.remove(at);
            removed.push(json!({ "input": participant.input }));
        } else {
            let error = webhook_error(Rule::GroupMember.code());
            failed.push(json!({ "input": participant.input, "errors": [error] }));
        }
    }
    if removed.is_empty() {
        return Err(GraphError::violates(Rule::GroupMember));
    }
    let number = world.groups.require(id)?.number;
    let request_id = world.runtime.ids.request();
    let mut with = json!({
        "request_id": request_id,
        "initiated_by": "business",
        "removed_participants": removed,
    });
    if !failed.is_empty() {
        with["failed_participants"] = failed.into();
    }
    report(world, number, PARTICIPANTS, id, "group_participants_remove", with);
    Ok(request_id)
}

/// Approves or rejects one request to join a group.
pub(crate) fn decide(world: &mut World, id: &str, request: &str, is_approved: bool) -> Result<(), GraphError> {
    let rules = &world.account.rules;
    let group = world.groups.require_mut(id)?;
    let at = group.join_requests.iter().position(|known| known.id == request);
    let at = at.ok_or_else(|| GraphError::violates(Rule::GroupJoinRequest))?;
    let user = group.join_requests[at].user;
    if is_approved {
        group.add(user, rules)?;
        report_added(world, id, user);
    } else {
        group.join_requests.remove(at);
    }
    Ok(())
}

/// A user follows the invite link of a group: joins, or requests to join. Returns the id of the request.
pub(crate) fn join(world: &mut World, id: &str, user: EmulatedUserId) -> Result<Option<String>, GraphError> {
    let now = world.now();
    let request = JoinRequest { id: world.runtime.ids.request(), user, at: now };
    let rules = &world.account.rules;
    let group = world.groups.require_mut(id)?;
    if !group.needs_approval {
        group.add(user, rules)?;
        report_added(world, id, user);
        return Ok(None);
    }
    let is_known = group.participants.contains(&user) || group.join_requests.iter().any(|known| known.user == user);
    let request_id = request.id.clone();
    if is_known || !group.request(request) {
        return Err(GraphError::violates(Rule::GroupJoinRequest));
    }
    report_request(world, id, "group_join_request_created", &request_id, user);
    Ok(Some(request_id))
}

/// A user leaves a group, or withdraws the request to join it.
pub(crate) fn leave(world: &mut World, id: &str, user: EmulatedUserId) -> Result<(), GraphError> {
    let group = world.groups.require_mut(id)?;
    if let Some(at) = group.join_requests.iter().position(|known| known.user == user) {
        let request = group.join_requests.remove(at).id;
        report_request(world, id, "group_join_request_revoked", &request, user);
        return Ok(());
    }
    let number = group.number;
    let at = group.participants.iter().position(|known| *known == user);
    group.participants.remove(at.ok_or_else(|| GraphError::violates(Rule::GroupMember))?);
    let removed: Vec<_> = participant(world, user).into_iter().collect();
    let with = json!({ "initiated_by": "participant", "removed_participants": removed });
    report(world, number, PARTICIPANTS, id, "group_participants_remove", with);
    Ok(())
}

/// Suspends a group, or ends its suspension.
pub(crate) fn suspend(world: &mut World, id: &str, is_suspended: bool) -> Result<(), GraphError> {
    let group = world.groups.get_mut(id).ok_or_else(|| GraphError::violates(Rule::UnknownGroup))?;
    group.is_suspended = is_suspended;
    let number = group.number;
    let event = if is_suspended { "group_suspend" } else { "group_suspend_cleared" };
    report(world, number, "group_status_update", id, event, json!({}));
    Ok(())
}

/// Returns a participant as the API describes the user.
pub(crate) fn participant(world: &World, user: EmulatedUserId) -> Option<Value> {
    let identity = world.users.visible_identity(user, &world.runtime)?;
    Some(payload::group_participant(&identity).into())
}

fn report_added(world: &mut World, id: &str, user: EmulatedUserId) {
    let Some(number) = world.groups.get(id).map(|group| group.number) else { return };
    let added: Vec<_> = participant(world, user).into_iter().collect();
    let with = json!({ "reason": "invite_link", "added_participants": added });
    report(world, number, PARTICIPANTS, id, "group_participants_add", with);
}

fn report_request(world: &mut World, id: &str, event: &str, request: &str, user: EmulatedUserId) {
    let Some(number) = world.groups.get(id).map(|group| group.number) else { return };
    let mut with = participant(world, user).unwrap_or_default();
    with["join_request_id"] = request.into();
    report(world, number, PARTICIPANTS, id, event, with);
}

fn report(world: &mut World, number: NumberIndex, field: &str, id: &str, event: &str, with: Value) {
    let business = &world.account.number(number).identity;
    let value = payload::group_update(business, id, event, with, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, field, value);
}
