//! Flows of the account.

use crate::account_status::FlowStatus;
use crate::rules::message::{FlowKey, FlowReference};
use crate::rules::{GraphError, Rule};

/// Maximum number of flows.
const CAPACITY: usize = 1_000;

/// Flow.
#[derive(Debug)]
struct StoredFlow {
    id: String,
    name: String,
    status: FlowStatus,
}

/// All flows, in order of their creation.
#[derive(Debug, Default)]
pub(crate) struct FlowStore {
    flows: Vec<StoredFlow>,
}

impl FlowStore {
    /// Adds a flow, or changes the flow with the same id. Returns false if there are too many.
    pub(crate) fn set(&mut self, id: String, name: String, status: FlowStatus) -> bool {
        let flow = StoredFlow { id, name, status };
        self.flows.retain(|known| known.id != flow.id);
        let has_room = self.flows.len() < CAPACITY;
        if has_room {
            self.flows.push(flow);
        }
        has_room
    }

    /// Checks whether a message can open a flow.
    pub(crate) fn check_send(&self, reference: &FlowReference) -> Result<(), GraphError> {
        let is_named = |flow: &&StoredFlow| match &reference.flow {
            FlowKey::Id(id) => flow.id == *id,
            FlowKey::Name(name) => flow.name == *name,
        };
        let why = match self.flows.iter().find(is_named).map(|flow| flow.status) {
            None => "the flow does not exist",
            Some(FlowStatus::Deprecated) => "the flow is deprecated",
            Some(FlowStatus::Draft) if !reference.is_draft => "the flow is not published; send it in draft mode",
            Some(FlowStatus::Draft | FlowStatus::Published) => return Ok(()),
        };
        Err(GraphError::with_details(Rule::FlowUnknown, why))
    }
}
