//! Picking one of several by their names: what a leader does that hands a turn on.

use serde_json::{Value, json};
use waxwing_agent::{AgentError, RunContext, Turn};

use super::Rounds;
use crate::{ChatResponse, LlmAgent, RunUsage, ToolChoice, ToolSpec};

/// The tool by which the model names its choice.
const TOOL: &str = "route_to";

impl LlmAgent {
    /// Lets the model pick who should answer a turn, of these names with what they are good for; none if it names none of them. Its answer is a step
    /// like any other.
    pub(crate) async fn pick(
        &self,
        among: &[(&str, &str)],
        turn: &Turn,
        ctx: &RunContext,
    ) -> Result<Option<usize>, AgentError> {
        let mut usage = RunUsage::default();
        let response = self.name_one(among, turn, ctx, &mut usage).await;
        self.report(&usage, ctx)?;
        let names: Vec<_> = among.iter().map(|(name, _)| *name).collect();
        Ok(picked(&response?, &names))
    }

    async fn name_one(
        &self,
        among: &[(&str, &str)],
        turn: &Turn,
        ctx: &RunContext,
        usage: &mut RunUsage,
    ) -> Result<ChatResponse, AgentError> {
        let mut rounds = Rounds::begin(self, turn, Vec::new(), ctx, usage).await?;
        let request = &mut rounds.request;
        let lines: Vec<_> = among.iter().map(|(name, description)| format!("- {name}: {description}")).collect();
        let task = format!(
            "You lead a team. Do not answer the user: call {TOOL} with the name of the member who should.\n{}",
            lines.join("\n")
        );
        if !request.system.is_empty() {
            request.system.push_str("\n\n");
        }
        request.system.push_str(&task);
        request.tools = vec![tool(among)];
        request.tool_choice = ToolChoice::Required;
        rounds.ask(true).await
    }
}

fn tool(among: &[(&str, &str)]) -> ToolSpec {
    let names: Vec<_> = among.iter().map(|(name, _)| *name).collect();
    let parameters = json!({
        "type": "object",
        "properties": { "member": { "type": "string", "enum": names, "description": "The member's name." } },
        "required": ["member"],
    });
    ToolSpec { name: TOOL.into(), description: "Lets a member of your team answer the user.".into(), parameters }
}

/// The name in a call, in a call of a tool that is named like it, or in words, if it is the only one there.
fn picked(response: &ChatResponse, names: &[&str]) -> Option<usize> {
    let known = |text: &str| names.iter().position(|name| name.eq_ignore_ascii_case(text.trim()));
    let calls = || response.tool_calls.iter();
    let in_arguments = calls().find_map(|call| known(call.arguments.get("member").and_then(Value::as_str)?));
    in_arguments.or_else(|| calls().find_map(|call| known(&call.name))).or_else(|| {
        let words = response.text.to_lowercase();
        let mut found = (0..names.len()).filter(|&n| words.contains(&names[n].to_lowercase()));
        found.next().filter(|_| found.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToolCall;

    #[track_caller]
    fn check(response: &ChatResponse, expected: Option<usize>) {
        assert_eq!(picked(response, &["cook", "front desk"]), expected);
    }

    #[test]
    fn names_in_answers() {
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
