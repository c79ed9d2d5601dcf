//! Choice of a team member for a turn.

use serde_json::{Value, json};
use waxwing_agent::{AgentError, RunContext, Turn};

use super::AgentLoop;
use crate::{ChatResponse, LlmAgent, RunUsage, ToolChoice, ToolSpec};

/// Tool with which the model names a member.
const TOOL: &str = "route_to";

/// Name and description of a team member.
pub(crate) type MemberOption<'a> = (&'a str, &'a str);

impl LlmAgent {
    /// Asks the model which member should answer a turn, as a journaled step. Returns the index, or `None` if the model names no member.
    pub(crate) async fn pick_member(
        &self,
        members: &[MemberOption<'_>],
        turn: &Turn,
        ctx: &RunContext,
    ) -> Result<Option<usize>, AgentError> {
        let mut usage = RunUsage::default();
        let response = ask(self, members, turn, ctx, &mut usage).await;
        self.report_usage(&usage, ctx)?;
        let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
        Ok(named_member(&response?, &names))
    }
}

async fn ask(
    agent: &LlmAgent,
    members: &[MemberOption<'_>],
    turn: &Turn,
    ctx: &RunContext,
    usage: &mut RunUsage,
) -> Result<ChatResponse, AgentError> {
    let mut state = AgentLoop::start(agent, turn, Vec::new(), ctx, usage).await?;
    let request = &mut state.request;
    let lines: Vec<_> = members.iter().map(|(name, description)| format!("- {name}: {description}")).collect();
    let task = format!(
        "You lead a team. Do not answer the user yourself. Call the tool {TOOL} with the name of the member who should answer.\nMembers:\n{}",
        lines.join("\n")
    );
    if !request.system.is_empty() {
        request.system.push_str("\n\n");
    }
    request.system.push_str(&task);
    request.tools = vec![tool(members)];
    request.tool_choice = ToolChoice::Required;
    state.chat(true).await
}

fn tool(members: &[MemberOption<'_>]) -> ToolSpec {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let parameters = json!({
        "type": "object",
        "properties": { "member": { "type": "string", "enum": names, "description": "Name of the member." } },
        "required": ["member"],
    });
    ToolSpec::new(TOOL, "Routes the user's message to a member of your team, who answers it.", parameters)
}

/// Finds the member that a response names: in the arguments of a call, as the name of a called tool, or as the only name in the text.
fn named_member(response: &ChatResponse, names: &[&str]) -> Option<usize> {
    let find = |text: &str| names.iter().position(|name| name.eq_ignore_ascii_case(text.trim()));
    let calls = || response.tool_calls.iter();
    let in_arguments = calls().find_map(|call| find(call.arguments.get("member").and_then(Value::as_str)?));
    in_arguments.or_else(|| calls().find_map(|call| find(&call.name))).or_else(|| {
        let text = response.text.to_lowercase();
        let mut found = (0..names.len()).filter(|&n| text.contains(&names[n].to_lowercase()));
        found.next().filter(|_| found.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToolCall;

    #[track_caller]
    fn check(response: &ChatResponse, expected: Option<usize>) {
        assert_eq!(named_member(response, &["cook", "front desk"]), expected);
    }

    #[test]
    fn a_member_is_named_by_a_call_or_by_text() {
        let call = |name: &str, arguments| ChatResponse::tool_calls([ToolCall::new("1", name, arguments)]);
        check(&call(TOOL, json!({"member": "front desk"})), Some(1));
        check(&call(TOOL, json!({"member": " Cook"})), Some(0));
        check(&call(TOOL, json!({"member": "cooks"})), None);
        check(&call(TOOL, json!("{\"member\"")), None);
        check(&call("cook", json!({})), Some(0));
        check(&ChatResponse::text("That is for the Front Desk."), Some(1));
        check(&ChatResponse::text("The cook or the front desk?"), None);
        check(&ChatResponse::text("Hello!"), None);
        check(&ChatResponse::text(""), None);
    }
}
