//! Tool `hand_off_to_human`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{HumanHandoff, Reply};

use super::validate::{MAX_TEXT, required};
use crate::{Tool, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Message to the user, in Markdown: tells that an employee will answer in this chat, and about which topic; at most 1000 characters.
    message: String,
}

/// Creates the tool `hand_off_to_human`: a human handoff after the current turn.
///
/// `handoff` states how long the human answers. The model gives a message of at most 1000 characters, which the user reads before the
/// handoff.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, HumanHandoff, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolCall, conversation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let call = ToolCall::new("1", "hand_off_to_human", serde_json::json!({ "message": "Bea will answer you here." }));
/// let model = ScriptedModel::new([ChatResponse::tool_calls([call]), ChatResponse::text("Done.")]);
/// let agent = LlmAgent::builder("hotel", model)
///     .tool(conversation::hand_off_to_human(HumanHandoff::until_resumed()))
///     .build()?;
/// let reply = agent.run("I want a refund!".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply.handoff(), Some(&HumanHandoff::until_resumed()));
/// # Ok(())
/// # }
/// ```
pub fn hand_off_to_human(handoff: HumanHandoff) -> impl Tool {
    let description = "Hands the conversation off to an employee of the business, who answers the user from then on instead of you. Use this tool when the user \
                       asks for a human, or when you cannot help.";
    tool("hand_off_to_human", description, move |Arguments { message }, _| async move {
        required("message", &message, MAX_TEXT)?;
        Ok(Reply::markdown(message).with_handoff(handoff))
    })
}
