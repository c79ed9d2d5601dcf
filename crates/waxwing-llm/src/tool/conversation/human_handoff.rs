//! Tool `hand_off_to_human`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{HumanHandoff, Reply};

use super::validate::{MAX_NAME, MAX_TEXT, required};
use crate::{Tool, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Message to the user, in Markdown: tells that an employee will answer in this chat, and about which topic; at most 1000 characters.
    message: String,
    /// Reason why an employee has to answer, for the employee, in a few words; at most 200 characters.
    reason: String,
    /// Summary for the employee: what the user wants, what is known, and what was done; at most 1000 characters. The user does not see it.
    summary: String,
}

/// Creates the tool `hand_off_to_human`: a human handoff after the current turn.
///
/// `handoff` states how long the human answers. The model gives a message of at most 1000 characters, which the user reads before the
/// handoff, and a reason and a summary for the employee.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, HumanHandoff, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolCall, conversation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let arguments = serde_json::json!({
///     "message": "Bea will answer you here.",
///     "reason": "refund",
///     "summary": "The user returned order 17 and wants a refund.",
/// });
/// let call = ToolCall::new("1", "hand_off_to_human", arguments);
/// let model = ScriptedModel::new([ChatResponse::tool_calls([call]), ChatResponse::text("Done.")]);
/// let agent = LlmAgent::builder("hotel", model)
///     .tool(conversation::hand_off_to_human(HumanHandoff::until_resumed()))
///     .build()?;
/// let reply = agent.run("I want a refund!".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply.handoff().and_then(|handoff| handoff.reason.as_deref()), Some("refund"));
/// # Ok(())
/// # }
/// ```
pub fn hand_off_to_human(handoff: HumanHandoff) -> impl Tool {
    let description = "Hands the conversation off to an employee of the business, who answers the user from then on instead of you. Use this tool when the user \
                       asks for a human, or when you cannot help.";
    tool("hand_off_to_human", description, move |arguments, _| {
        let handoff = handoff.clone();
        async move {
            let Arguments { message, reason, summary } = arguments;
            required("message", &message, MAX_TEXT)?;
            required("reason", &reason, MAX_NAME)?;
            required("summary", &summary, MAX_TEXT)?;
            Ok(Reply::markdown(message).with_handoff(handoff.with_reason(reason).with_summary(summary)))
        }
    })
}
