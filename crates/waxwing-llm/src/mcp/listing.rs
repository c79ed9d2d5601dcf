//! Selection of the tools that an MCP server lists.

use std::collections::HashMap;
use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::pinned_argument;
use super::server::McpServer;
use crate::ToolSpec;
use crate::tool::{ApprovalQuestion, MAX_TOOL_NAME, plain_tool_name};

/// Maximum length of a description, in bytes.
const MAX_DESCRIPTION: usize = 8 * 1024;

/// Maximum size of a schema, in bytes of JSON.
const MAX_SCHEMA: usize = 64 * 1024;

/// A tool of a server.
pub(super) struct ListedTool {
    /// Description for the model.
    pub(super) spec: ToolSpec,
    /// Name that the server gives the tool.
    pub(super) name: String,
    /// True if a call may be repeated.
    pub(super) is_idempotent: bool,
    /// Question that the user must approve before each call.
    pub(super) approval_question: Option<ApprovalQuestion>,
    /// Names of the pinned arguments that the tool has.
    pub(super) pinned: Vec<String>,
}

/// Selects tools by the settings of the server, and gives them names that all providers accept.
pub(super) fn select_tools(server: &McpServer, tools: &[Tool]) -> Vec<Arc<ListedTool>> {
    for name in server.only.iter().flatten().filter(|name| tools.iter().all(|tool| tool.name != name.as_str())) {
        tracing::warn!(server = server.name, tool = name, "mcp server has no such tool");
    }
    let is_selected = |tool: &&Tool| {
        let is = |name: &String| *name == tool.name;
        server.only.as_ref().is_none_or(|only| only.iter().any(is)) && !server.except.iter().any(is)
    };
    let selected: Vec<_> = tools.iter().filter(is_selected).collect();
    let names = model_names(&server.prefix, &selected);
    let listed: Vec<_> = selected
        .iter()
        .filter_map(|tool| {
            // If a name is listed twice, the first tool has it.
            let (name, first) = names.get(tool.name.as_ref())?;
            (std::ptr::eq(*first, *tool)).then(|| listed_tool(server, tool, name))?
        })
        .collect();
    for argument in &server.pinned {
        if listed.iter().all(|tool| !tool.pinned.contains(&argument.name)) {
            tracing::warn!(server = server.name, argument = argument.name, "no mcp tool has the pinned argument");
        }
    }
    listed
}

/// Converts a tool. Returns `None` if its schema is too large.
fn listed_tool(server: &McpServer, tool: &Tool, name: &str) -> Option<Arc<ListedTool>> {
    let mut parameters = Value::Object(tool.input_schema.as_ref().clone());
    if serde_json::to_vec(&parameters).map_or(true, |schema| schema.len() > MAX_SCHEMA) {
        tracing::warn!(server = server.name, tool = name, "mcp tool skipped: schema is too large");
        return None;
    }
    if let Some(object) = parameters.as_object_mut() {
        // Providers ignore `$schema`, and some of them require `type` and `properties`.
        object.remove("$schema");
        object.entry("type").or_insert_with(|| json!("object"));
        object.entry("properties").or_insert_with(|| json!({}));
    }
    let pinned = pinned_argument::hide(&server.pinned, &mut parameters);
    let title = || tool.annotations.as_ref()?.title.as_deref();
    let description = tool.description.as_deref().or(tool.title.as_deref()).or_else(title).unwrap_or_default();
    let description = &description[..description.floor_char_boundary(MAX_DESCRIPTION)];
    let hints = tool.annotations.as_ref();
    let is_idempotent =
        hints.is_some_and(|hints| hints.read_only_hint == Some(true) || hints.idempotent_hint == Some(true));
    let approval = server.approvals.iter().find(|(name, _)| *name == tool.name);
    let approval_question = approval.map(|(_, question)| ApprovalQuestion::new(question));
    if let Some(problem) = approval_question.as_ref().and_then(|question| question.problem(&parameters)) {
        tracing::warn!(server = server.name, tool = name, problem, "approval question does not match the mcp tool");
    }
    Some(Arc::new(ListedTool {
        spec: ToolSpec::new(name, description, parameters),
        name: tool.name.clone().into_owned(),
        is_idempotent,
        approval_question,
        pinned,
    }))
}

/// Returns the name that the model sees, and the first tool with the name, by the name that the server gives.
///
/// Characters that providers reject are replaced. If two tools would get the same name, or a name is too long, the name ends with a hash of
/// the original name. The hash depends on nothing else, because recorded runs and instructions refer to tools by name.
fn model_names<'a>(prefix: &str, tools: &[&'a Tool]) -> HashMap<&'a str, (String, &'a Tool)> {
    let full = |name: &str| plain_tool_name(prefix) + &plain_tool_name(name);
    let mut first: HashMap<&str, &Tool> = HashMap::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for tool in tools {
        first.entry(&tool.name).or_insert_with(|| {
            *counts.entry(full(&tool.name)).or_default() += 1;
            tool
        });
    }
    let names = first.into_iter().map(|(name, tool)| {
        let mut model_name = full(name);
        let is_ambiguous = counts[&model_name] > 1 && plain_tool_name(name) != name;
        if is_ambiguous || !(1..=MAX_TOOL_NAME).contains(&model_name.len()) {
            let suffix = format!("_{:08x}", fnv1a(name));
            model_name.truncate(MAX_TOOL_NAME - suffix.len());
            model_name.push_str(&suffix);
        }
        (name, (model_name, tool))
    });
    names.collect()
}

/// Returns the FNV-1a hash of a name.
fn fnv1a(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::is_tool_name;

    fn server() -> McpServer {
        McpServer::http("http://127.0.0.1/")
    }

    fn tool(name: &str) -> Tool {
        serde_json::from_value(json!({"name": name, "inputSchema": {"type": "object"}})).unwrap()
    }

    #[track_caller]
    fn check(server: &McpServer, tools: &[&str], expected: &[&str]) {
        let tools: Vec<_> = tools.iter().map(|name| tool(name)).collect();
        let selected = select_tools(server, &tools);
        let names: Vec<_> = selected.iter().map(|tool| tool.spec.name.as_str()).collect();
        assert_eq!(names, expected);
        assert!(names.iter().all(|name| is_tool_name(name)), "{names:?}");
    }

    #[test]
    fn names_are_made_acceptable_to_all_providers() {
        check(&server(), &["read_file", "a-b"], &["read_file", "a-b"]);
        check(&server().prefix("files."), &["read"], &["files_read"]);
        check(&server(), &["a.b", "c/d é"], &["a_b", "c_d__"]);
        check(&server(), &["a.b", "a_b", "a/b"], &["a_b_108bf50c", "a_b", "a_b_3a8e75c1"]);
        check(&server(), &["a/b", "a_b", "a.b"], &["a_b_3a8e75c1", "a_b", "a_b_108bf50c"]);
        check(&server(), &[""], &["_811c9dc5"]);
        let long = "x".repeat(70);
        let cut = format!("{}_{:08x}", "x".repeat(55), fnv1a(&long));
        check(&server(), &[&long, "a", "a"], &[&cut, "a"]);
    }

    #[test]
    fn tools_are_selected_by_name() {
        check(&server().only(["b", "missing"]), &["a", "b"], &["b"]);
        check(&server().except(["b"]), &["a", "b"], &["a"]);
        check(&server().only(["a", "b"]).except(["b"]).prefix("x_"), &["a", "b", "c"], &["x_a"]);
    }

    #[test]
    fn annotations_tell_which_tools_are_idempotent() {
        #[track_caller]
        fn check(annotations: &Value, expected: bool) {
            let value = json!({"name": "t", "inputSchema": {}, "annotations": annotations});
            let tools = [serde_json::from_value(value).unwrap()];
            assert_eq!(select_tools(&server(), &tools)[0].is_idempotent, expected);
        }
        check(&json!({}), false);
        check(&json!({"readOnlyHint": true}), true);
        check(&json!({"idempotentHint": true, "readOnlyHint": false}), true);
        check(&json!({"destructiveHint": false}), false);
    }

    #[test]
    fn the_schema_is_kept_and_its_size_is_limited() {
        let schema =
            json!({"$schema": "x", "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        let value = json!({"name": "t", "title": "Title", "inputSchema": schema});
        let selected = select_tools(&server(), &[serde_json::from_value(value).unwrap()]);
        let expected = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        assert_eq!((&selected[0].spec.parameters, selected[0].spec.description.as_str()), (&expected, "Title"));
        let huge = json!({"name": "t", "inputSchema": {"description": "x".repeat(MAX_SCHEMA)}});
        assert!(select_tools(&server(), &[serde_json::from_value(huge).unwrap()]).is_empty());
    }
}
