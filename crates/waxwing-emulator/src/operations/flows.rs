//! Lifecycle of flows.

use serde_json::{Value, json};

use crate::account_status::FlowStatus;
use crate::operations::flow_session;
use crate::payload;
use crate::rules::flow::FlowRequest;
use crate::rules::{GraphError, Rule};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::webhook_queues::QueueKey;

/// Endpoint whose health Meta checks before the flow is published.
#[derive(Debug)]
pub(crate) struct FlowEndpoint {
    pub(crate) uri: String,
    /// Number whose public key encrypts the requests.
    pub(crate) number: NumberIndex,
}

/// Creates a draft. Returns the answer to the call.
pub(crate) fn create(world: &mut World, request: FlowRequest) -> Result<Value, GraphError> {
    let id = world.runtime.ids.media();
    world.account.flows.create(id.clone(), request)?;
    let errors = &world.account.flows.require(&id)?.definition.errors;
    Ok(json!({ "id": id, "success": true, "validation_errors": errors }))
}

/// Checks whether a flow can be published. Returns its endpoint, if the flow exchanges data.
pub(crate) fn check_publish(world: &World, id: &str) -> Result<Option<FlowEndpoint>, GraphError> {
    let flow = world.account.flows.require(id)?;
    let refused = |why| Err(GraphError::with_details(Rule::FlowPublish, why));
    if flow.status != FlowStatus::Draft {
        return refused("only a draft can be published");
    }
    if flow.json.is_none() {
        return refused("the flow has no JSON; upload one with /assets");
    }
    if !flow.definition.errors.is_empty() {
        return refused("the JSON of the flow has validation_errors");
    }
    if flow.definition.data_api_version.is_none() {
        return Ok(None);
    }
    let Some(uri) = flow.endpoint_uri.clone() else {
        return refused("a flow with a data_api_version needs an endpoint_uri");
    };
    match flow_session::number_with_key(world) {
        Some(number) => Ok(Some(FlowEndpoint { uri, number })),
        None => refused("the number has no public key; set one with whatsapp_business_encryption"),
    }
}

/// Publishes a flow that [`check_publish`] has passed.
pub(crate) fn publish(world: &mut World, id: &str) -> Result<(), GraphError> {
    check_publish(world, id)?;
    set_status(world, id, FlowStatus::Published)
}

/// Switches a published flow off.
pub(crate) fn deprecate(world: &mut World, id: &str) -> Result<(), GraphError> {
    match world.account.flows.require(id)?.status {
        FlowStatus::Draft => Err(GraphError::with_details(Rule::FlowDeprecate, "the flow is not published")),
        FlowStatus::Deprecated => Err(GraphError::with_details(Rule::FlowDeprecate, "the flow is deprecated already")),
        FlowStatus::Published | FlowStatus::Throttled | FlowStatus::Blocked => {
            set_status(world, id, FlowStatus::Deprecated)
        }
    }
}

fn set_status(world: &mut World, id: &str, status: FlowStatus) -> Result<(), GraphError> {
    let previous = world.account.flows.set_status(id, status)?;
    report_status(world, id, previous);
    Ok(())
}

/// Reports the status of a flow to the webhook, if it differs from the previous one.
pub(crate) fn report_status(world: &mut World, id: &str, previous: FlowStatus) {
    let Some(flow) = world.account.flows.get(id).filter(|flow| flow.status != previous) else { return };
    let value = payload::flow_status(id, &flow.name, previous, flow.status);
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, "flows", value);
}
