//! Flows of the account.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::account_status::FlowStatus;
use crate::rules::flow::FlowRequest;
use crate::rules::flow_json::FlowDefinition;
use crate::rules::message::{FlowKey, FlowReference};
use crate::rules::{GraphError, Rule, Rules};
use crate::unix_time;

/// Maximum number of flows.
const CAPACITY: usize = 1_000;
/// Maximum size of the JSON of all flows together, in bytes.
const JSON_CAPACITY: usize = 32 * 1024 * 1024;
/// Time in which the messages of a throttled flow count.
const THROTTLE: Duration = Duration::from_hours(1);

/// Flow.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFlow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) categories: Vec<String>,
    pub(crate) status: FlowStatus,
    pub(crate) endpoint_uri: Option<String>,
    /// JSON of the flow, as it was uploaded.
    pub(crate) json: Option<String>,
    pub(crate) definition: FlowDefinition,
    /// Times of the latest messages with the flow.
    #[serde(with = "unix_time")]
    sent: VecDeque<SystemTime>,
}

/// All flows, in order of their creation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowStore {
    flows: Vec<StoredFlow>,
}

impl FlowStore {
    pub(crate) fn all(&self) -> &[StoredFlow] {
        &self.flows
    }

    pub(crate) fn get(&self, id: &str) -> Option<&StoredFlow> {
        self.flows.iter().find(|flow| flow.id == id)
    }

    /// Returns the flow with an id, for a call.
    pub(crate) fn require(&self, id: &str) -> Result<&StoredFlow, GraphError> {
        self.get(id).ok_or_else(GraphError::unknown_object)
    }

    /// Returns the flow that a message or a template names.
    pub(crate) fn find(&self, key: &FlowKey) -> Option<&StoredFlow> {
        self.flows.iter().find(|flow| match key {
            FlowKey::Id(id) => flow.id == *id,
            FlowKey::Name(name) => flow.name == *name,
        })
    }

    /// Adds a flow, or changes the flow with the same id. Returns its earlier status, or `None` if there are too many flows.
    pub(crate) fn set(&mut self, id: String, name: String, status: FlowStatus) -> Option<FlowStatus> {
        if let Ok(flow) = self.require_mut(&id) {
            flow.name = name;
            return Some(std::mem::replace(&mut flow.status, status));
        }
        if self.flows.len() >= CAPACITY {
            return None;
        }
        let categories = vec!["OTHER".to_owned()];
        self.flows.push(StoredFlow { id, name, categories, status, ..StoredFlow::default() });
        Some(status)
    }

    /// Creates a draft.
    pub(crate) fn create(&mut self, id: String, request: FlowRequest) -> Result<(), GraphError> {
        let FlowRequest { name, categories, endpoint_uri, json, clone_of, .. } = request;
        let name = name.ok_or_else(|| GraphError::missing("name"))?;
        self.check_name(&name, "")?;
        let original = clone_of.map(|id| self.require(&id)).transpose()?;
        let json = json.or_else(|| original?.json.clone());
        let endpoint_uri = endpoint_uri.or_else(|| original?.endpoint_uri.clone());
        self.check_room(json.as_deref().unwrap_or_default())?;
        let definition = json.as_deref().map(FlowDefinition::read).unwrap_or_default();
        let categories = categories.unwrap_or_default();
        let status = FlowStatus::Draft;
        self.flows.push(StoredFlow {
            id,
            name,
            categories,
            status,
            endpoint_uri,
            json,
            definition,
            ..StoredFlow::default()
        });
        Ok(())
    }

    /// Changes the metadata of a flow.
    pub(crate) fn update(&mut self, id: &str, request: FlowRequest) -> Result<(), GraphError> {
        let FlowRequest { name, categories, endpoint_uri, .. } = request;
        if let Some(name) = &name {
            self.check_name(name, id)?;
        }
        let flow = self.require_mut(id)?;
        flow.name = name.unwrap_or_else(|| std::mem::take(&mut flow.name));
        flow.categories = categories.unwrap_or_else(|| std::mem::take(&mut flow.categories));
        flow.endpoint_uri = endpoint_uri.or_else(|| flow.endpoint_uri.take());
        Ok(())
    }

    /// Replaces the JSON of a draft.
    pub(crate) fn set_json(&mut self, id: &str, json: String) -> Result<&StoredFlow, GraphError> {
        if self.require(id)?.status != FlowStatus::Draft {
            return Err(GraphError::with_details(Rule::FlowUpdate, "a published flow keeps its JSON; clone the flow"));
        }
        self.check_room(&json)?;
        let flow = self.require_mut(id)?;
        flow.definition = FlowDefinition::read(&json);
        flow.json = Some(json);
        Ok(flow)
    }

    /// Sets the status of a flow. Returns the earlier one.
    pub(crate) fn set_status(&mut self, id: &str, status: FlowStatus) -> Result<FlowStatus, GraphError> {
        self.require_mut(id).map(|flow| std::mem::replace(&mut flow.status, status))
    }

    /// Deletes a draft.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), GraphError> {
        if self.require(id)?.status != FlowStatus::Draft {
            return Err(GraphError::with_details(Rule::FlowDelete, "only a draft can be deleted; deprecate the flow"));
        }
        self.flows.retain(|flow| flow.id != id);
        Ok(())
    }

    /// Checks whether a message can open a flow.
    pub(crate) fn check_send(
        &self,
        reference: &FlowReference,
        rules: &Rules,
        now: SystemTime,
    ) -> Result<(), GraphError> {
        let unknown = |why| GraphError::with_details(Rule::FlowUnknown, why);
        let flow = self.find(&reference.flow).ok_or_else(|| unknown("the flow does not exist"))?;
        match flow.status {
            FlowStatus::Deprecated => Err(unknown("the flow is deprecated")),
            FlowStatus::Draft if !reference.is_draft => {
                Err(unknown("the flow is not published; send it in draft mode"))
            }
            FlowStatus::Draft | FlowStatus::Published => Ok(()),
            FlowStatus::Blocked => Err(GraphError::violates(Rule::FlowBlocked)),
            FlowStatus::Throttled => {
                let is_recent = |at: &&SystemTime| now.duration_since(**at).unwrap_or_default() < THROTTLE;
                let sent = flow.sent.iter().filter(is_recent).count();
                let has_room = sent < rules.limit(Rule::FlowThrottled);
                if has_room { Ok(()) } else { Err(GraphError::violates(Rule::FlowThrottled)) }
            }
        }
    }

    /// Records that a message opens a flow.
    pub(crate) fn record_send(&mut self, reference: &FlowReference, rules: &Rules, now: SystemTime) {
        let id = self.find(&reference.flow).map(|flow| flow.id.clone()).unwrap_or_default();
        if let Ok(flow) = self.require_mut(&id) {
            flow.sent.push_back(now);
            while flow.sent.len() > rules.limit(Rule::FlowThrottled) {
                flow.sent.pop_front();
            }
        }
    }

    fn require_mut(&mut self, id: &str) -> Result<&mut StoredFlow, GraphError> {
        self.flows.iter_mut().find(|flow| flow.id == id).ok_or_else(GraphError::unknown_object)
    }

    fn check_name(&self, name: &str, except: &str) -> Result<(), GraphError> {
        let is_taken = self.flows.iter().any(|flow| flow.name == name && flow.id != except);
        let why = "name: another flow has this name";
        if is_taken { Err(GraphError::with_details(Rule::FlowNameTaken, why)) } else { Ok(()) }
    }

    fn check_room(&self, json: &str) -> Result<(), GraphError> {
        let size: usize = self.flows.iter().filter_map(|flow| flow.json.as_ref()).map(String::len).sum();
        let has_room = self.flows.len() < CAPACITY && size + json.len() <= JSON_CAPACITY;
        let why = "the emulator holds at most 1,000 flows and 32 MiB of JSON; delete drafts";
        if has_room { Ok(()) } else { Err(GraphError::with_details(Rule::FlowUpdate, why)) }
    }
}
