//! Fixed messages of an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fixed messages that an agent sends to users without asking the model.
///
/// ```
/// use waxwing_llm::{CannedMessages, LlmAgent, ScriptedModel};
///
/// let mut messages = CannedMessages::default();
/// messages.approve = "Sí".into();
/// messages.deny = "No".into();
/// let agent = LlmAgent::builder("tienda", ScriptedModel::new(["¡Hola!"])).canned_messages(messages).build()?;
/// # Ok::<(), waxwing_llm::InvalidAgent>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CannedMessages {
    /// Message if the model or its provider refuses to answer.
    pub refused: String,
    /// Message if the model gives no answer at all.
    pub no_answer: String,
    /// Message if the run reaches its limit of turns or cost without an answer.
    pub limit_reached: String,
    /// Label of the button that approves a tool call. The user can also write the label.
    pub approve: String,
    /// Label of the button that denies a tool call. The user can also write the label.
    pub deny: String,
    /// Further texts that approve a tool call when they are the whole message. Words such as "yes" count in many languages.
    pub approve_words: Vec<String>,
    /// Further texts that deny a tool call when they are the whole message. Words such as "no" count in many languages.
    pub deny_words: Vec<String>,
    /// Message if the user answers an approval that has expired or was already answered.
    pub approval_expired: String,
    /// Message if a user answers an approval that another user was asked for.
    pub approval_not_yours: String,
    /// Message if an approved tool call was made, but the model failed before it could report the result.
    pub approval_result_unknown: String,
}

impl Default for CannedMessages {
    fn default() -> Self {
        Self {
            refused: "I'm sorry, but I can't help with that.".into(),
            no_answer: "I'm sorry, I have no answer to that. Please ask me in another way.".into(),
            limit_reached: "I'm sorry, I couldn't finish this request. Please try asking for one thing at a time."
                .into(),
            approve: "Approve".into(),
            deny: "Deny".into(),
            approve_words: Vec::new(),
            deny_words: Vec::new(),
            approval_expired:
                "This request has expired or has already been answered, so nothing was done. Please ask me again."
                    .into(),
            approval_not_yours: "Only the person who made this request can approve or deny it.".into(),
            approval_result_unknown:
                "I've done this, but I can't confirm the result yet. Please ask me again in a moment.".into(),
        }
    }
}
