//! Data of a flow.

use std::fmt;

use serde::Deserialize;
use waxwing_types::FlowId;

/// Data of a flow.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FlowInfo {
    /// Id of the flow.
    pub id: FlowId,
    /// Name.
    pub name: String,
    /// Status: `DRAFT`, `PUBLISHED`, `DEPRECATED`, `BLOCKED` or `THROTTLED`.
    pub status: String,
    /// Categories, such as `SURVEY`.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Problems of the JSON of the flow. A flow with problems cannot be published.
    #[serde(default)]
    pub validation_errors: Vec<FlowProblem>,
    /// Version of the JSON of the flow.
    pub json_version: Option<String>,
    /// Version of the data exchange with the endpoint. A flow without one has no endpoint.
    pub data_api_version: Option<String>,
    /// URL of the server that exchanges data with the flow.
    pub endpoint_uri: Option<String>,
}

/// Problem in the JSON of a flow.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FlowProblem {
    /// Meta's name of the problem, such as `INVALID_PROPERTY`.
    pub error: String,
    /// Description.
    pub message: String,
    /// First line of the place, from 1.
    pub line_start: Option<u32>,
    /// First column of the place, from 1.
    pub column_start: Option<u32>,
}

/// Answer of Meta to a new flow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CreatedFlow {
    /// Id of the flow.
    pub id: FlowId,
    /// Problems of its JSON, if it was created with one.
    #[serde(default)]
    pub validation_errors: Vec<FlowProblem>,
}

/// File of a flow. `Debug` hides the URL, because it gives access to the file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FlowAsset {
    /// Name: `flow.json`.
    pub name: String,
    /// Type: `FLOW_JSON`.
    pub asset_type: String,
    /// URL of the file, which needs no access token.
    pub download_url: String,
}

/// Web page that shows a flow. `Debug` hides the URL, because it gives access to the flow.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FlowPreview {
    /// URL of the page, which needs no account.
    pub preview_url: String,
    /// Time at which the URL expires, as Meta writes it: `2026-05-21T11:18:09+0000`.
    pub expires_at: Option<String>,
}

impl FlowInfo {
    /// Fields of a request.
    pub(crate) const FIELDS: &str =
        "id,name,status,categories,validation_errors,json_version,data_api_version,endpoint_uri";
}

impl fmt::Debug for FlowAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowAsset").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for FlowPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowPreview").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
