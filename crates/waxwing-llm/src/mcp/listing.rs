//! What a server lists, as an agent gets to see it.

use std::collections::HashMap;
use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::McpServer;
use crate::ToolSpec;

/// The longest name that all providers take.
const MAX_NAME: usize = 64;

/// The longest description, in bytes.
const MAX_DESCRIPTION: usize = 8 * 1024;

/// The longest schema, in bytes as JSON.
const MAX_SCHEMA: usize = 64 * 1024;

/// A tool of a server.
pub(super) struct Listed {
    /// What models are told.
    pub(super) spec: ToolSpec,
    /// The name that the server gave it.
    pub(super) name: String,
    /// Whether a call may be made twice.
    pub(super) repeatable: bool,
    /// What the user is asked before each call.
    pub(super) question: Option<String>,
}

/// Those of a server's tools that are wanted.
pub(super) fn listed(server: &McpServer, tools: &[Tool]) -> Vec<Arc<Listed>> {
    for name in server.only.iter().flatten().filter(|name| tools.iter().all(|tool| tool.name != name.as_str())) {
        tracing::warn!(server = server.name, tool = name, "an MCP server has no such tool");
    }
    let is_wanted = |tool: &&Tool| {
        let is = |name: &String| *name == tool.name;
        server.only.as_ref().is_none_or(|only| only.iter().any(is)) && !server.except.iter().any(is)
    };
    let wanted: Vec<_> = tools.iter().filter(is_wanted).collect();
    let names = names(&server.prefix, &wanted);
    wanted
        .iter()
        .filter_map(|tool| {
            // A name that was listed twice is the first tool's.
            let (name, first) = names.get(tool.name.as_ref())?;
            (std::ptr::eq(*first, *tool)).then(|| listed_as(server, tool, name))?
        })
        .collect()
}

fn listed_as(server: &McpServer, tool: &Tool, name: &str) -> Option<Arc<Listed>> {
    let mut parameters = Value::Object(tool.input_schema.as_ref().clone());
    if serde_json::to_vec(&parameters).map_or(true, |schema| schema.len() > MAX_SCHEMA) {
        tracing::warn!(
            server = server.name,
            tool = name,
            "a tool of an MCP server has too large a schema: it is left out"
        );
        return None;
    }
    if let Some(object) = parameters.as_object_mut() {
        // Providers have no use for the first, and some insist on the other two.
        object.remove("$schema");
        object.entry("type").or_insert_with(|| json!("object"));
        object.entry("properties").or_insert_with(|| json!({}));
    }
    let title = || tool.annotations.as_ref()?.title.as_deref();
    let description = tool.description.as_deref().or(tool.title.as_deref()).or_else(title).unwrap_or_default();
    let description = description[..description.floor_char_boundary(MAX_DESCRIPTION)].to_owned();
    let hints = tool.annotations.as_ref();
    let repeatable =
        hints.is_some_and(|hints| hints.read_only_hint == Some(true) || hints.idempotent_hint == Some(true));
    let spec = ToolSpec { name: name.to_owned(), description, parameters };
    let asked = server.require_approval.iter().find(|(name, _)| *name == tool.name);
    let question = asked.map(|(_, question)| question.clone());
    Some(Arc::new(Listed { spec, name: tool.name.clone().into_owned(), repeatable, question }))
}

/// What each tool is called here, by the server's name for it, each with the first tool of that name.
///
/// A name that had to be changed so that it might be taken for another's has a mark of its own at the end, which depends on nothing but the name: recorded runs and
/// instructions go by names.
fn names<'a>(prefix: &str, tools: &[&'a Tool]) -> HashMap<&'a str, (String, &'a Tool)> {
    let plain = |name: &str| -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
    };
    let full = |name: &str| plain(prefix) + &plain(name);
    let mut first: HashMap<&str, &Tool> = HashMap::new();
    let mut owners: HashMap<String, usize> = HashMap::new();
    for tool in tools {
        first.entry(&tool.name).or_insert_with(|| {
            *owners.entry(full(&tool.name)).or_default() += 1;
            tool
        });
    }
    let names = first.into_iter().map(|(name, tool)| {
        let mut called = full(name);
        let is_shared = owners[&called] > 1 && plain(name) != name;
        if is_shared || !(1..=MAX_NAME).contains(&called.len()) {
            let mark = format!("_{:08x}", mark(name));
            called.truncate(MAX_NAME - mark.len());
            called.push_str(&mark);
        }
        (name, (called, tool))
    });
    names.collect()
}

/// FNV-1a, which is as good here as any.
fn mark(name: &str) -> u32 {
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
        let listed = listed(server, &tools);
        let names: Vec<_> = listed.iter().map(|tool| tool.spec.name.as_str()).collect();
        assert_eq!(names, expected);
        assert!(names.iter().all(|name| is_tool_name(name)), "{names:?}");
    }

    #[test]
    fn names_that_every_provider_takes() {
        check(&server(), &["read_file", "a-b"], &["read_file", "a-b"]);
        check(&server().prefix("files."), &["read"], &["files_read"]);
        check(&server(), &["a.b", "c/d é"], &["a_b", "c_d__"]);
        check(&server(), &["a.b", "a_b", "a/b"], &["a_b_108bf50c", "a_b", "a_b_3a8e75c1"]);
        check(&server(), &["a/b", "a_b", "a.b"], &["a_b_3a8e75c1", "a_b", "a_b_108bf50c"]);
        check(&server(), &[""], &["_811c9dc5"]);
        let long = "x".repeat(70);
        let cut = format!("{}_{:08x}", "x".repeat(55), mark(&long));
        check(&server(), &[&long, "a", "a"], &[&cut, "a"]);
    }

    #[test]
    fn only_what_is_wanted() {
        check(&server().only(["b", "missing"]), &["a", "b"], &["b"]);
        check(&server().except(["b"]), &["a", "b"], &["a"]);
        check(&server().only(["a", "b"]).except(["b"]).prefix("x_"), &["a", "b", "c"], &["x_a"]);
    }

    #[test]
    fn hints_say_what_is_repeatable() {
        #[track_caller]
        fn check(annotations: &Value, expected: bool) {
            let value = json!({"name": "t", "inputSchema": {}, "annotations": annotations});
            let tools = [serde_json::from_value(value).unwrap()];
            assert_eq!(listed(&server(), &tools)[0].repeatable, expected);
        }
        check(&json!({}), false);
        check(&json!({"readOnlyHint": true}), true);
        check(&json!({"idempotentHint": true, "readOnlyHint": false}), true);
        check(&json!({"destructiveHint": false}), false);
    }

    #[test]
    fn the_schema_goes_through_and_is_bounded() {
        let schema =
            json!({"$schema": "x", "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        let value = json!({"name": "t", "title": "Title", "inputSchema": schema});
        let listing = listed(&server(), &[serde_json::from_value(value).unwrap()]);
        let expected = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        assert_eq!((&listing[0].spec.parameters, listing[0].spec.description.as_str()), (&expected, "Title"));
        let huge = json!({"name": "t", "inputSchema": {"description": "x".repeat(MAX_SCHEMA)}});
        assert!(listed(&server(), &[serde_json::from_value(huge).unwrap()]).is_empty());
    }
}
