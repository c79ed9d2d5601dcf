//! What users read where the model has no words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What users read where the model has no words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CannedMessages {
    /// The model will not answer that.
    pub refused: String,
    /// It did not come to an end within the rounds that it may take.
    pub limit_reached: String,
    /// What a user taps or writes to approve a call of a tool.
    pub approve: String,
    /// What a user taps or writes to deny it.
    pub deny: String,
    /// An answer to a question about a call that is not open any more.
    pub approval_expired: String,
    /// An answer of somebody else than the user who was asked.
    pub approval_not_yours: String,
    /// A call was approved and made, and the model did not come to say what came of it.
    pub approval_result_unknown: String,
}

impl Default for CannedMessages {
    fn default() -> Self {
        Self {
            refused: "I cannot help with that.".into(),
            limit_reached: "That is more than I can do at once. Please ask for one thing after the other.".into(),
            approve: "Approve".into(),
            deny: "Deny".into(),
            approval_expired: "That question is no longer open, so nothing was done. Please ask again.".into(),
            approval_not_yours: "Only the person who was asked can answer that.".into(),
            approval_result_unknown: "I have gone ahead, but I cannot say yet how it went. Please ask me in a moment."
                .into(),
        }
    }
}
