//! Tools that are called only with the user's consent.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::AgentError;

use super::{Tool, ToolContext, ToolOutput};
use crate::ToolSpec;

/// A tool that is called only after the user has consented: makes one of any other.
pub struct RequireApproval<T> {
    tool: T,
    question: String,
}

impl<T: Tool> RequireApproval<T> {
    /// Asks this question, in Markdown, before each call. The arguments of the call are shown below it; a call that is too long to be shown is refused.
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

/// The question with the arguments below it, all of them and as they are: nothing in them is taken for Markdown, and nothing is hidden behind the others.
pub(super) fn with_arguments(question: &str, arguments: &Value) -> String {
    let question = question.trim_end();
    let Some(arguments) = arguments.as_object().filter(|arguments| !arguments.is_empty()) else {
        return question.to_owned();
    };
    let line = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| literal(&value.to_string()), literal);
        format!("- {}: {value}", literal(name))
    };
    let lines: Vec<_> = arguments.iter().map(line).collect();
    format!("{question}\n\n{}", lines.join("\n"))
}

/// On one line, and in the marks of code.
fn literal(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.is_empty() { "–".to_owned() } else { format!("`{line}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_are_shown_as_they_are() {
        #[track_caller]
        fn check(arguments: &Value, expected: &str) {
            assert_eq!(with_arguments("Sure?\n", arguments), expected);
        }
        check(&json!({}), "Sure?");
        check(&json!({"id": 17}), "Sure?\n\n- `id`: `17`");
        check(&json!({"to": "a *b*\n\n`c`", "why": ""}), "Sure?\n\n- `to`: `a *b* 'c'`\n- `why`: –");
        let many: serde_json::Map<_, _> = (0..9).map(|n| (n.to_string(), "x".repeat(101).into())).collect();
        let shown = with_arguments("Sure?", &many.into());
        assert!(shown.contains(&format!("- `8`: `{}`", "x".repeat(101))), "nothing is left out: {shown}");
    }
}
