//! Side of the conversation in the contract.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Author of an earlier message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Speaker")]
pub enum WireRole {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// Operator: a person of the business who answered instead of the agent.
    #[serde(rename = "person")]
    Operator,
}
