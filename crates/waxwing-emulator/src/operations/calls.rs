//! Lifecycle of calls.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>

use serde_json::{Value, json};

use crate::message::UserContent;
use crate::operations::inbound::{self, InboundOptions};
use crate::payload::{self, CallItem};
use crate::persona::Persona;
use crate::rules::address::Recipient;
use crate::rules::call::{self as rules, CallAction, CallRequest, CallSubject};
use crate::rules::{GraphError, Rule};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::calls::{Call, CallPermission, PERMISSION_LIFE, RINGING};
use crate::world::timer::Timer;
use crate::world::webhook_queues::QueueKey;

const FIELD: &str = "calls";

/// Executes a request of the business. Returns the answer.
pub(crate) fn execute(world: &mut World, number: NumberIndex, request: CallRequest) -> Result<Value, GraphError> {
    rules::check_settings(world.account.number(number).settings.phone.get("calling"))?;
    let CallRequest { subject, has_session, callback_data } = request;
    match subject {
        CallSubject::New(address) => {
            let id = start(world, number, &address.recipient, callback_data)?;
            Ok(json!({ "messaging_product": "whatsapp", "calls": [{ "id": id }], "success": true }))
        }
        CallSubject::Ongoing { id, action } => {
            act(world, number, &id, action, has_session, callback_data)?;
            Ok(json!({ "messaging_product": "whatsapp", "success": true }))
        }
    }
}

/// Calls a user. Returns the id of the call.
fn start(
    world: &mut World,
    number: NumberIndex,
    recipient: &Recipient,
    callback_data: Option<String>,
) -> Result<String, GraphError> {
    let known = world.users.find(recipient).map(|user| user.id);
    let user = known.or_else(|| match recipient {
        Recipient::Phone(phone) => world.users.join(&mut world.runtime, &Persona::phone(phone)),
        Recipient::Bsuid(_) | Recipient::Group(_) => None,
    });
    let user = user.ok_or_else(|| GraphError::violates(Rule::CallReceiver))?;
    if world.calls.of_user(user).is_some() {
        return Err(GraphError::violates(Rule::CallOngoing));
    }
    let now = world.now();
    world.calls.pair(number, user).check_call(&world.account.rules, now)?;
    let call = new_call(world, number, user, true, callback_data);
    let id = call.id.clone();
    begin(world, call);
    report_status(world, &id, "RINGING");
    Ok(id)
}

/// Executes an action of the business on a call.
fn act(
    world: &mut World,
    number: NumberIndex,
    id: &str,
    action: CallAction,
    has_session: bool,
    callback_data: Option<String>,
) -> Result<(), GraphError> {
    let unknown = || GraphError::with_details(Rule::CallState, "call_id: no such call is ongoing");
    let call = world.calls.get_mut(id).filter(|call| call.number == number).ok_or_else(unknown)?;
    let is_ringing = !call.is_by_business && call.accepted.is_none();
    if action != CallAction::Terminate && !is_ringing {
        let why = "only a call of a user that is not accepted yet is pre-accepted, accepted or rejected";
        return Err(GraphError::with_details(Rule::CallState, why));
    }
    call.has_session |= has_session;
    call.callback_data = callback_data.or_else(|| call.callback_data.take());
    if matches!(action, CallAction::PreAccept | CallAction::Accept) && !call.has_session {
        return Err(GraphError::with_details(Rule::CallSession, "session: the answer to the call is required"));
    }
    match action {
        CallAction::PreAccept => {}
        CallAction::Accept => {
            let now = world.now();
            world.calls.accept(id, &world.account.rules, now);
        }
        CallAction::Reject | CallAction::Terminate => end(world, id),
    }
    Ok(())
}

/// A user calls the business, or ends the call. Returns the id of the call.
pub(crate) fn call(world: &mut World, user: EmulatedUserId, event: &str) -> String {
    let ongoing = world.calls.of_user(user).map(|call| call.id.clone());
    match (event, ongoing) {
        ("terminate", Some(id)) => {
            end(world, &id);
            id
        }
        (_, ongoing) => {
            let number = NumberIndex::default();
            if event == "connect"
                && let Some(id) = ongoing
            {
                world.calls.end(&id);
            }
            let call = new_call(world, number, user, false, None);
            let id = call.id.clone();
            report(world, &call, event);
            // Like a message, a call opens the customer service window.
            let now = world.now();
            world.account.record_received(number, Some(user), now);
            if event == "connect" {
                begin(world, call);
                permit_by_call(world, number, user);
            }
            id
        }
    }
}

/// A user accepts or rejects the call of the business. Returns the id of the call, or `None` if no such call is ringing.
pub(crate) fn answer(world: &mut World, user: EmulatedUserId, is_accepted: bool) -> Option<String> {
    let call = world.calls.of_user(user).filter(|call| call.is_by_business && call.accepted.is_none())?.clone();
    if is_accepted {
        report(world, &call, "connect");
        let now = world.now();
        world.calls.accept(&call.id, &world.account.rules, now);
        report_status(world, &call.id, "ACCEPTED");
        world.account.record_received(call.number, Some(user), now);
    } else {
        report_status(world, &call.id, "REJECTED");
        end(world, &call.id);
    }
    Some(call.id)
}

/// Posts a status of a call by the business, which starts with its first status and ends when it is rejected.
pub(crate) fn post_status(world: &mut World, user: EmulatedUserId, status: &str) -> String {
    let ongoing = world.calls.of_user(user).map(|call| call.id.clone());
    let id = ongoing.unwrap_or_else(|| {
        let call = new_call(world, NumberIndex::default(), user, true, None);
        let id = call.id.clone();
        world.calls.start(call);
        id
    });
    report_status(world, &id, status);
    if status == "REJECTED" {
        world.calls.end(&id);
    }
    id
}

/// Ends a call that nobody has accepted in time.
pub(crate) fn end_unanswered(world: &mut World, id: &str) {
    if world.calls.get(id).is_some_and(|call| call.accepted.is_none()) {
        end(world, id);
    }
}

/// A user answers a request for the permission to call. Returns the id of the message.
pub(crate) fn answer_request(
    world: &mut World,
    user: EmulatedUserId,
    number: NumberIndex,
    message: Option<String>,
    permission: CallPermission,
) -> Option<String> {
    let source = if message.is_some() { "user_action" } else { "automatic" };
    let response = if permission == CallPermission::None { "reject" } else { "accept" };
    let mut reply = json!({ "response": response, "response_source": source });
    match permission {
        CallPermission::None => {}
        CallPermission::Until(end) => reply["expiration_timestamp"] = crate::clock::unix_seconds(end).into(),
        CallPermission::Permanent => reply["is_permanent"] = true.into(),
    }
    world.calls.permit(number, user, permission);
    let body = json!({ "type": "call_permission_reply", "call_permission_reply": reply });
    let content = UserContent::Other { kind: "interactive".to_owned(), body };
    let options = InboundOptions { reply_to: message, number, ..InboundOptions::default() };
    inbound::send(world, user, content, &options)
}

/// Permits the business to call a user back, if the settings of the number say so.
fn permit_by_call(world: &mut World, number: NumberIndex, user: EmulatedUserId) {
    let calling = world.account.number(number).settings.phone.get("calling");
    let is_enabled = calling.is_some_and(|calling| calling["callback_permission_status"] == "ENABLED");
    let is_permitted = world.calls.pair(number, user).is_permitted(world.now());
    if is_enabled && !is_permitted {
        let permission = CallPermission::Until(world.now() + PERMISSION_LIFE);
        answer_request(world, user, number, None, permission);
    }
}

fn new_call(
    world: &mut World,
    number: NumberIndex,
    user: EmulatedUserId,
    is_by_business: bool,
    callback_data: Option<String>,
) -> Call {
    let id = world.runtime.ids.message("call").replacen("wamid.", "wacid.", 1);
    Call { id, number, user, is_by_business, accepted: None, has_session: is_by_business, callback_data }
}

fn begin(world: &mut World, call: Call) {
    world.runtime.schedule(RINGING, Timer::EndCall { id: call.id.clone() });
    world.calls.start(call);
}

fn end(world: &mut World, id: &str) {
    if let Some(call) = world.calls.end(id) {
        report(world, &call, "terminate");
    }
}

fn report(world: &mut World, call: &Call, event: &str) {
    let Some(identity) = world.users.visible_identity(call.user, &world.runtime) else { return };
    let business = &world.account.number(call.number).identity;
    let item = CallItem {
        id: &call.id,
        event,
        is_by_business: call.is_by_business,
        accepted: call.accepted,
        callback_data: call.callback_data.as_deref(),
        now: world.now(),
    };
    let value = payload::call(business, &identity, item);
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, FIELD, value);
}

fn report_status(world: &mut World, id: &str, status: &str) {
    let Some(call) = world.calls.get(id) else { return };
    let Some(identity) = world.users.visible_identity(call.user, &world.runtime) else { return };
    let business = &world.account.number(call.number).identity;
    let callback_data = call.callback_data.as_deref();
    let value = payload::call_status(business, &identity, id, status, callback_data, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, FIELD, value);
}
