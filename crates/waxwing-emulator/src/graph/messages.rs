//! `POST /{version}/{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::Call;
use super::call_context::CallContext;
use super::faults;
use super::parameters::Parameters;
use super::response::respond;
use crate::fault::{CallFault, GraphEndpoint};
use crate::operations::refusal::{self, TargetChat};
use crate::operations::{read_receipt, send as sends};
use crate::rules::GraphError;
use crate::rules::address::Recipient;
use crate::rules::message::{self, MessagesRequest, ReadReceipt, SendRequest};
use crate::shared::Shared;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::delivery_plan::DeliveryPlan;

/// Real time for which a send waits for the acknowledgement of a status that is posted first.
const STATUS_FIRST_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn send(
    State(shared): State<Arc<Shared>>,
    call: Call,
    context: CallContext,
    Parameters(body): Parameters,
) -> Response {
    let chat = target_chat(&shared, &body);
    let request = read(&shared, &call, body);
    execute(&shared, &call.version, &context, chat, request).await
}

/// `POST /{version}/{phone_number_id}/marketing_messages`.
pub(super) async fn send_marketing(
    State(shared): State<Arc<Shared>>,
    call: Call,
    context: CallContext,
    Parameters(body): Parameters,
) -> Response {
    let chat = target_chat(&shared, &body);
    let request = read_marketing(&shared, &call, body);
    execute(&shared, &call.version, &context, chat, request).await
}

async fn execute(
    shared: &Shared,
    version: &str,
    context: &CallContext,
    chat: TargetChat,
    request: Result<(NumberIndex, MessagesRequest), GraphError>,
) -> Response {
    match request {
        Err(error) => {
            shared.change(|world| refusal::record(world, chat, &error));
            respond(shared, version, Err(error))
        }
        Ok((number, MessagesRequest::Receipt(receipt))) => {
            let fault = {
                let mut world = shared.world();
                let user = world.users.message(&receipt.message_id).map(|(user, _)| user.id);
                context.note(|notes| {
                    (notes.endpoint, notes.user) = (Some(GraphEndpoint::Receipt), user);
                    notes.message = Some(receipt.message_id.clone());
                });
                world.runtime.faults.on_call(GraphEndpoint::Receipt)
            };
            let execute = async { respond(shared, version, apply_receipt(shared, number, &receipt)) };
            faults::apply(shared, version, context, fault, chat, execute).await
        }
        Ok((number, MessagesRequest::Send(request))) => {
            let fault = send_fault(&mut shared.world(), &request.address.recipient);
            let plan = faults::delivery_plan(fault.as_ref().map(|fault| &fault.effect));
            let accept = accept(shared, context, number, *request, chat.clone(), plan);
            let execute = async { respond(shared, version, accept.await) };
            faults::apply(shared, version, context, fault, chat, execute).await
        }
    }
}

/// Returns the chat that a request names. A receipt names none.
fn target_chat(shared: &Shared, body: &Result<Value, GraphError>) -> TargetChat {
    body.as_ref().map(|body| TargetChat::of_request(&shared.world(), body)).unwrap_or_default()
}

/// Returns the fault of a message to a recipient.
fn send_fault(world: &mut World, recipient: &Recipient) -> Option<CallFault> {
    let known = world.users.find(recipient).map(|user| [user.phone.clone(), user.bsuid.clone()]);
    let mut names: Vec<_> = known.into_iter().flatten().flatten().collect();
    if let Recipient::Phone(name) | Recipient::Bsuid(name) = recipient {
        names.push(name.clone());
    }
    world.runtime.faults.on_call_to(GraphEndpoint::Send, &names)
}

fn read(
    shared: &Shared,
    call: &Call,
    body: Result<Value, GraphError>,
) -> Result<(NumberIndex, MessagesRequest), GraphError> {
    let number = call.number(shared)?;
    let request = message::check(body?, &shared.rules())?;
    Ok((number, request))
}

fn read_marketing(
    shared: &Shared,
    call: &Call,
    body: Result<Value, GraphError>,
) -> Result<(NumberIndex, MessagesRequest), GraphError> {
    let number = call.number(shared)?;
    let request = message::check_marketing(body?, &shared.rules())?;
    shared.world().account.templates.check_marketing(&request.draft, &shared.rules())?;
    Ok((number, MessagesRequest::Send(Box::new(request))))
}

fn apply_receipt(shared: &Shared, number: NumberIndex, receipt: &ReadReceipt) -> Result<Value, GraphError> {
    shared.change(|world| {
        let applied = read_receipt::apply(world, number, receipt);
        applied.inspect_err(|error| refusal::record(world, TargetChat::default(), error))
    })?;
    Ok(json!({ "success": true }))
}

async fn accept(
    shared: &Shared,
    context: &CallContext,
    number: NumberIndex,
    request: SendRequest,
    chat: TargetChat,
    plan: DeliveryPlan,
) -> Result<Value, GraphError> {
    let recipient = request.address.recipient.clone();
    let accepted = shared.change(|world| {
        let accepted = sends::accept(world, number, request, plan);
        let user = world.users.find(&recipient).map(|user| user.id);
        context.note(|notes| {
            notes.user = user;
            notes.message = accepted.as_ref().ok().map(|accepted| accepted.id.clone());
        });
        accepted.inspect_err(|error| refusal::record(world, chat, error))
    })?;
    if plan == DeliveryPlan::StatusFirst {
        let acknowledged =
            shared.wait(|world| world.webhooks.are_statuses_acknowledged(&world.runtime, &accepted.id).then_some(()));
        // A webhook that never responds must not block the caller. The send is accepted in any case.
        let _ = tokio::time::timeout(STATUS_FIRST_TIMEOUT, acknowledged).await;
    }
    Ok(json!({
        "messaging_product": "whatsapp",
        "contacts": [accepted.contact],
        "messages": [{ "id": accepted.id, "message_status": "accepted" }],
    }))
}
