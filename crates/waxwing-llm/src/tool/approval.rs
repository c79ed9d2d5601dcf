//! Tool approval: a wrapper that asks the user before each call.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::AgentError;

use super::{Tool, ToolContext, ToolOutput};
use crate::ToolSpec;

/// Wraps a tool so that the user must approve each call.
///
/// The user sees the question and all arguments. A call whose arguments are too long to show is refused. For a question that names the
/// arguments in a sentence, use [`FnTool::require_approval_with`](crate::FnTool::require_approval_with).
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, ReplyPart, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, RequireApproval, ScriptedModel, ToolCall, tool};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let delete = tool("delete_file", "Deletes a file.", |_: serde_json::Value, _ctx| async { Ok::<_, AgentError>("deleted") });
/// let call = ToolCall::new("1", "delete_file", serde_json::json!({ "name": "menu.pdf" }));
/// let agent = LlmAgent::builder("clerk", ScriptedModel::new([ChatResponse::tool_calls([call])]))
///     .tool(RequireApproval::new(delete, "Delete this file?"))
///     .build()?;
/// let reply = agent.run("Delete the menu.".into(), &RunContext::in_memory("34600000000")).await?;
/// let [ReplyPart::Question(question)] = reply.parts() else { panic!("the user is asked") };
/// assert_eq!(question.text, "Delete this file?\n\n- `name`: `menu.pdf`");
/// # Ok(())
/// # }
/// ```
pub struct RequireApproval<T> {
    tool: T,
    question: String,
}

impl<T: Tool> RequireApproval<T> {
    /// Wraps `tool`. `question` is Markdown; the arguments of the call are listed below it.
    pub fn new(tool: T, question: impl Into<String>) -> Self {
        Self { tool, question: question.into() }
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
        Some(with_arguments(&self.question, arguments))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        self.tool.call(arguments, ctx).await
    }
}

/// Appends a list of all arguments to a question. The arguments are escaped, so they cannot add Markdown or hide other arguments.
pub(super) fn with_arguments(question: &str, arguments: &Value) -> String {
    let question = question.trim_end();
    let Some(arguments) = arguments.as_object().filter(|arguments| !arguments.is_empty()) else {
        return question.to_owned();
    };
    let line = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| code_span(&value.to_string()), code_span);
        format!("- {}: {value}", code_span(name))
    };
    let lines: Vec<_> = arguments.iter().map(line).collect();
    format!("{question}\n\n{}", lines.join("\n"))
}

/// Formats text as a Markdown code span on one line.
fn code_span(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.is_empty() { "–".to_owned() } else { format!("`{line}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_arguments_are_listed_and_escaped() {
        #[track_caller]
        fn check(arguments: &Value, expected: &str) {
            assert_eq!(with_arguments("Sure?\n", arguments), expected);
        }
        check(&json!({}), "Sure?");
        check(&json!({"id": 17}), "Sure?\n\n- `id`: `17`");
        check(&json!({"to": "a *b*\n\n`c`", "why": ""}), "Sure?\n\n- `to`: `a *b* 'c'`\n- `why`: –");
        let many: serde_json::Map<_, _> = (0..9).map(|n| (n.to_string(), "x".repeat(101).into())).collect();
        let shown = with_arguments("Sure?", &many.into());
        assert!(shown.contains(&format!("- `8`: `{}`", "x".repeat(101))), "no argument is left out: {shown}");
    }
}
