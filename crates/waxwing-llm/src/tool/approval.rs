//! Tool approval: a wrapper that asks the user before each call.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::AgentError;

use super::approval_question::ApprovalQuestion;
use super::{Tool, ToolContext, ToolOutput};
use crate::ToolSpec;

/// Wraps a tool so that the user must approve each call.
///
/// The user sees the question and all arguments: `{name}` in the question stands for the argument with this name, and the other arguments
/// are listed below the question. A call whose arguments are too long to show is refused.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, ReplyPart, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, RequireApproval, ScriptedModel, ToolCall, tool};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let refund = tool("refund", "Refunds an order.", |_: serde_json::Value, _ctx| async { Ok::<_, AgentError>("refunded") });
/// let call = ToolCall::new("1", "refund", serde_json::json!({ "amount": 25, "order": "A-17", "reason": "late" }));
/// let agent = LlmAgent::builder("clerk", ScriptedModel::new([ChatResponse::tool_calls([call])]))
///     .tool(RequireApproval::new(refund, "Refund {amount} € for order {order}?"))
///     .build()?;
/// let reply = agent.run("My order was late.".into(), &RunContext::in_memory("34600000000")).await?;
/// let [ReplyPart::Question(question)] = reply.parts() else { panic!("the user is asked") };
/// assert_eq!(question.text, "Refund `25` € for order `A-17`?\n\n- `reason`: `late`");
/// # Ok(())
/// # }
/// ```
pub struct RequireApproval<T> {
    tool: T,
    question: ApprovalQuestion,
}

impl<T: Tool> RequireApproval<T> {
    /// Wraps `tool`. `question` is Markdown in which `{name}` stands for an argument, and `{{` for a brace. Each name must be an argument in
    /// the schema of the tool; [`LlmAgentBuilder::build`](crate::LlmAgentBuilder::build) checks this.
    pub fn new(tool: T, question: impl AsRef<str>) -> Self {
        Self { tool, question: ApprovalQuestion::new(question.as_ref()) }
    }
}

impl<T: Tool> fmt::Debug for RequireApproval<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireApproval").field("tool", &self.tool.spec().name).finish_non_exhaustive()
    }
}

#[async_trait]
impl<T: Tool> Tool for RequireApproval<T> {
    fn spec(&self) -> &ToolSpec {
        self.tool.spec()
    }

    fn is_at_most_once(&self) -> bool {
        self.tool.is_at_most_once()
    }

    fn timeout(&self) -> Option<Duration> {
        self.tool.timeout()
    }

    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        Some(self.question.render(arguments))
    }

    fn problem(&self) -> Option<String> {
        self.question.problem(&self.spec().parameters).or_else(|| self.tool.problem())
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        self.tool.call(arguments, ctx).await
    }
}
