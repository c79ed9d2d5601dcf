//! Requests about flows.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>

use serde_json::Value;

use super::request_object::Keys;
use super::{GraphError, RequestObject, Rule, Rules};

/// Meta's categories of flows.
const CATEGORIES: [&str; 9] = [
    "SIGN_UP",
    "SIGN_IN",
    "APPOINTMENT_BOOKING",
    "LEAD_GENERATION",
    "SHOPPING",
    "CONTACT_US",
    "CUSTOMER_SUPPORT",
    "SURVEY",
    "OTHER",
];
const CREATE: Keys = &["name", "categories", "clone_flow_id", "endpoint_uri", "flow_json", "publish"];
const UPDATE: Keys = &["name", "categories", "endpoint_uri", "application_id"];

/// Request that creates or changes a flow. A part that is `None` does not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FlowRequest {
    pub(crate) name: Option<String>,
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) endpoint_uri: Option<String>,
    /// JSON of the flow, as text.
    pub(crate) json: Option<String>,
    /// Flow from which the new flow takes its JSON.
    pub(crate) clone_of: Option<String>,
    pub(crate) is_published: bool,
}

/// Checks a request that creates a flow.
pub(crate) fn check_create(body: Value, rules: &Rules) -> Result<FlowRequest, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.required("name")?;
        if !body.has("categories") {
            return Err(body.missing("categories"));
        }
        read(body)
    };
    RequestObject::read(body, CREATE, rules, check).map(|(request, _)| request)
}

/// Checks a request that changes the metadata of a flow.
pub(crate) fn check_update(body: Value, rules: &Rules) -> Result<FlowRequest, GraphError> {
    RequestObject::read(body, UPDATE, rules, read).map(|(request, _)| request)
}

fn read(body: &RequestObject<'_>) -> Result<FlowRequest, GraphError> {
    let text = |key: &str| if body.has(key) { body.required(key).map(|text| Some(text.to_owned())) } else { Ok(None) };
    let endpoint_uri = if body.has("endpoint_uri") { Some(body.link("endpoint_uri")?.to_owned()) } else { None };
    Ok(FlowRequest {
        name: text("name")?,
        categories: body.array("categories")?.map(|categories| check_categories(body, categories)).transpose()?,
        endpoint_uri,
        json: text("flow_json")?,
        clone_of: text("clone_flow_id")?,
        is_published: body.flag("publish")?,
    })
}

fn check_categories(body: &RequestObject<'_>, categories: &[Value]) -> Result<Vec<String>, GraphError> {
    let known = categories.iter().map(|category| category.as_str().filter(|category| CATEGORIES.contains(category)));
    let known: Option<Vec<_>> = known.map(|category| category.map(str::to_owned)).collect();
    let why = format!("must have one or several of {}", CATEGORIES.join(", "));
    known.filter(|known| !known.is_empty()).ok_or_else(|| body.violates(Rule::FlowCategories, "categories", &why))
}
