//! What comes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::WirePart;

/// An answer: the body of a JSON response, or the data of the event `reply`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Answer")]
pub struct WireAnswer {
    /// What the user gets, in order. Empty for no answer at all.
    pub parts: Vec<WirePart>,
    /// What changes in the session's state. It takes effect together with the answer, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<WireStateChanges>,
    /// What changes in the agent's memory. It takes effect together with the answer, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<WireMemoryChanges>,
    /// Gives the conversation to a person of the business when the answer is on its way: the agent is not asked until it is over.
    #[serde(rename = "hand_over", default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<WireHandoff>,
}

/// What changes in the session's state: keys that are in neither list stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Changes")]
pub struct WireStateChanges {
    /// Values to set, by key.
    pub set: Map<String, Value>,
    /// Keys to remove.
    pub remove: Vec<String>,
}

/// What changes in the agent's memory of the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "MemoryChanges")]
pub struct WireMemoryChanges {
    /// Ids of facts to forget; they go first.
    pub forget: Vec<u64>,
    /// Facts to keep, of 500 characters at most. One that is too long, or one too many, is left out.
    pub remember: Vec<String>,
}

/// The conversation goes to a person of the business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "HandOver")]
pub struct WireHandoff {
    /// For how many seconds at most; until somebody resumes it if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// Something for the user before the answer: the data of the event `message`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Interim")]
pub struct WireInterim {
    /// What the user gets, in order.
    pub parts: Vec<WirePart>,
}

/// Why there is no answer: the data of the event `error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Failure")]
pub struct WireFailure {
    /// What went wrong, for the log at `debug`. The user does not see it.
    pub message: String,
    /// Whether another try may help.
    #[serde(default)]
    pub retryable: bool,
}
