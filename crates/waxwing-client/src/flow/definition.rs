//! Definition of a flow, new or changed.

use serde::Serialize;
use serde_json::Value;
use waxwing_types::FlowId;

/// Flow to create.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
///
/// ```
/// use waxwing_client::NewFlow;
///
/// let screen = serde_json::json!({ "version": "7.0", "screens": [] });
/// let flow = NewFlow::new("survey", ["SURVEY"]).json(&screen).endpoint("https://example.com/flows");
/// assert_eq!(flow.categories, ["SURVEY"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NewFlow {
    /// Name, which is unique in the account.
    pub name: String,
    /// One or several of `SIGN_UP`, `SIGN_IN`, `APPOINTMENT_BOOKING`, `LEAD_GENERATION`, `SHOPPING`, `CONTACT_US`, `CUSTOMER_SUPPORT`,
    /// `SURVEY` and `OTHER`.
    pub categories: Vec<String>,
    /// URL of the server that exchanges data with the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_uri: Option<String>,
    /// JSON of the flow, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_json: Option<String>,
    /// Flow that the new flow is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clone_flow_id: Option<FlowId>,
    /// Whether the flow is published at once. Such a flow is not created if it has problems.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub publish: bool,
}

/// Change of a flow. Fields that are not set stay as they are.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
///
/// ```
/// use waxwing_client::FlowUpdate;
///
/// let update = FlowUpdate::default().name("survey of 2026").endpoint("https://example.com/flows");
/// assert_eq!(update.name.as_deref(), Some("survey of 2026"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FlowUpdate {
    /// Name, which is unique in the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Categories, as in [`NewFlow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// URL of the server that exchanges data with the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_uri: Option<String>,
}

impl NewFlow {
    /// Creates a draft without screens.
    pub fn new<C: Into<String>>(name: impl Into<String>, categories: impl IntoIterator<Item = C>) -> Self {
        Self {
            name: name.into(),
            categories: categories.into_iter().map(C::into).collect(),
            endpoint_uri: None,
            flow_json: None,
            clone_flow_id: None,
            publish: false,
        }
    }

    /// Sets the JSON of the flow.
    pub fn json(mut self, definition: &Value) -> Self {
        self.flow_json = Some(definition.to_string());
        self
    }

    /// Sets the URL of the server that exchanges data with the flow.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint_uri = Some(url.into());
        self
    }

    /// Copies the JSON of another flow.
    pub fn clone_of(mut self, flow: FlowId) -> Self {
        self.clone_flow_id = Some(flow);
        self
    }

    /// Publishes the flow at once.
    pub fn publish(mut self) -> Self {
        self.publish = true;
        self
    }
}

impl FlowUpdate {
    /// Changes the name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Changes the categories.
    pub fn categories<C: Into<String>>(mut self, categories: impl IntoIterator<Item = C>) -> Self {
        self.categories = Some(categories.into_iter().map(C::into).collect());
        self
    }

    /// Changes the URL of the server that exchanges data with the flow.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint_uri = Some(url.into());
        self
    }
}
