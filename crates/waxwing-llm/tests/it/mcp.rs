//! Tools of MCP servers in child processes and behind sockets.

mod http;
mod server;
mod stdio;

use std::sync::Arc;

use serde_json::Value;
use waxwing_agent::{AgentError, ConversationInfo, RunContext, Session, Step, User};
use waxwing_llm::mcp::McpTools;
use waxwing_llm::{Tool, ToolContext, ToolOutput};

/// Returns the sorted names of the tools.
fn names(tools: &McpTools) -> Vec<String> {
    let mut names: Vec<_> = tools.tools().iter().map(|tool| tool.spec().name.clone()).collect();
    names.sort_unstable();
    names
}

fn tool(tools: &McpTools, name: &str) -> Arc<dyn Tool> {
    tools.tools().into_iter().find(|tool| tool.spec().name == name).unwrap()
}

/// Calls a tool in a journaled step, as an agent does.
async fn call(tools: &McpTools, name: &str, arguments: Value) -> Result<ToolOutput, AgentError> {
    let mut user = User::new("1");
    (user.phone, user.username) = (Some("1".into()), Some("ana.b".into()));
    let mut info = ConversationInfo::new("k1");
    info.number.phone = Some("34910000000".into());
    let ctx = RunContext::builder("1", Session::new("1")).user(user).conversation_info(info).build();
    let tool = tool(tools, name);
    let mut outcome = None;
    let step = ctx.step_with(Step::repeatable(name), async |key| {
        outcome = Some(tool.call(arguments, &ToolContext::new(ctx.clone(), key)).await);
        Ok::<_, AgentError>(())
    });
    step.await.unwrap();
    outcome.unwrap()
}

/// Returns the tool result that the model reads.
async fn read(tools: &McpTools, name: &str, arguments: Value) -> String {
    match call(tools, name, arguments).await {
        Ok(output) => output.text,
        Err(error) => format!("Error: {}", error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}
