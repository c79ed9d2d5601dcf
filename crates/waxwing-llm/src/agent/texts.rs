//! What users read where the model has no words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What users read where the model has no words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Texts {
    /// The model will not answer that.
    pub refused: String,
    /// It did not come to an end within the rounds that it may take.
    pub unfinished: String,
    /// What a user taps or writes to approve a call of a tool.
    pub approve: String,
    /// What a user taps or writes to deny it.
    pub deny: String,
    /// An answer to a question about a call that is not open any more.
    pub expired: String,
    /// An answer of somebody else than the user who was asked.
    pub not_asked: String,
    /// A call was approved and made, and the model did not come to say what came of it.
    pub after_approval: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            refused: "I cannot help with that.".into(),
            unfinished: "That is more than I can do at once. Please ask for one thing after the other.".into(),
            approve: "Approve".into(),
            deny: "Deny".into(),
            expired: "That question is no longer open, so nothing was done. Please ask again.".into(),
            not_asked: "Only the person who was asked can answer that.".into(),
            after_approval: "I have gone ahead, but I cannot say yet how it went. Please ask me in a moment.".into(),
        }
    }
}
