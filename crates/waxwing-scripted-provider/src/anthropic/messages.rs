//! Rules of the list of messages.

use std::collections::HashSet;

use serde_json::Value;

use super::API;
use super::model::Model;
use crate::Refusal;
use crate::shape::{indexed, is_identifier, is_name, is_set, items, text};

const TOOLS: &str = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use";

pub(super) fn check(body: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let messages = items(body, "messages");
    let Some(last) = messages.last() else {
        return Err(Refusal::new("messages: at least one message is required", API));
    };
    if text(&messages[0], "role") == "assistant" {
        return Err(Refusal::new("messages: first message must use the \"user\" role", API));
    }
    for (nth, message) in messages.iter().enumerate() {
        check_message(nth, message, nth + 1 == messages.len())?;
    }
    check_calls(messages, is_set(body, "tools"))?;
    if text(last, "role") != "assistant" {
        return Ok(());
    }
    if !model.can_continue_own_message() {
        let message =
            "This model does not support assistant message prefill. The conversation must end with a user message.";
        return Err(Refusal::new(message, "https://github.com/ericc-ch/copilot-api/pull/261"));
    }
    if text(last, "content").ends_with(char::is_whitespace) {
        return Err(Refusal::new("messages: final assistant content cannot end with trailing whitespace", API));
    }
    Ok(())
}

fn check_message(nth: usize, message: &Value, is_last: bool) -> Result<(), Refusal> {
    let role = text(message, "role");
    if role != "user" && role != "assistant" {
        return Err(Refusal::new(format!("messages.{nth}.role: Input should be 'user' or 'assistant'"), API));
    }
    let is_empty = match &message["content"] {
        Value::String(text) => text.is_empty(),
        Value::Array(parts) => parts.is_empty(),
        _ => true,
    };
    if is_empty && !(is_last && role == "assistant") {
        let problem = "all messages must have non-empty content except for the optional final assistant message";
        return Err(Refusal::new(format!("messages.{nth}: {problem}"), API));
    }
    for (index, part) in indexed(message, "content") {
        check_part(part, role, &format!("messages.{nth}.content.{index}"))?;
    }
    Ok(())
}

fn check_part(part: &Value, role: &str, path: &str) -> Result<(), Refusal> {
    // https://github.com/anthropics/claude-code/issues/59812
    const EMPTY: &str = "https://github.com/anthropics/claude-code/issues/59812";
    const VISION: &str = "https://platform.claude.com/docs/en/build-with-claude/vision";
    const PDF: &str = "https://platform.claude.com/docs/en/build-with-claude/pdf-support";
    let media_type = part.pointer("/source/media_type").and_then(Value::as_str).unwrap_or_default();
    let refuse = |problem: &str, source| Err(Refusal::new(format!("{path}.{problem}"), source));
    match (text(part, "type"), role) {
        ("text", _) if text(part, "text").is_empty() => {
            Err(Refusal::new("messages: text content blocks must be non-empty", EMPTY))
        }
        ("text" | "tool_result", _) | ("thinking" | "redacted_thinking", "assistant") => Ok(()),
        ("image", "user") if ["image/jpeg", "image/png", "image/gif", "image/webp"].contains(&media_type) => Ok(()),
        ("image", "user") => refuse(
            "image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
            VISION,
        ),
        ("document", "user") if media_type == "application/pdf" => Ok(()),
        ("document", "user") => refuse("document.source.base64.media_type: Input should be 'application/pdf'", PDF),
        ("tool_use", "assistant") => {
            // https://github.com/maximhq/bifrost/issues/5097
            const IDS: &str = "https://github.com/maximhq/bifrost/issues/5097";
            if !is_identifier(text(part, "id")) {
                return refuse("tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'", IDS);
            }
            if !is_name(text(part, "name"), 128) {
                return refuse("tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", TOOLS);
            }
            if !part["input"].is_object() {
                return refuse("tool_use.input: Input should be a valid dictionary", TOOLS);
            }
            Ok(())
        }
        (kind, _) => {
            let problem = format!("Input tag '{kind}' found using 'type' does not match any of the expected tags");
            Err(Refusal::new(format!("{path}: {problem}"), API))
        }
    }
}

/// Checks that the results of all calls of a message are in the message after it, and no others.
fn check_calls(messages: &[Value], has_tools: bool) -> Result<(), Refusal> {
    const MISSING: &str = "https://github.com/anthropics/claude-code/issues/5060";
    const DUPLICATE: &str = "https://github.com/trycua/cua/issues/524";
    let ids = |message: &Value, kind: &str, key: &str| -> Vec<String> {
        let parts = items(message, "content").iter().filter(|part| text(part, "type") == kind);
        parts.map(|part| text(part, key).to_owned()).collect()
    };
    let (mut seen, mut open) = (HashSet::new(), Vec::new());
    for (nth, message) in messages.iter().enumerate() {
        let (calls, results) = (ids(message, "tool_use", "id"), ids(message, "tool_result", "tool_use_id"));
        if (!calls.is_empty() || !results.is_empty()) && !has_tools {
            let problem = "Requests which include `tool_use` or `tool_result` blocks must define tools";
            return Err(Refusal::new(problem, TOOLS));
        }
        if let Some(id) = results.iter().find(|id| !open.contains(*id)) {
            let problem = format!(
                "messages.{nth}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each \
                 `tool_result` block must have a corresponding `tool_use` block in the previous message."
            );
            return Err(Refusal::new(problem, TOOLS));
        }
        let unanswered: Vec<_> = open.iter().filter(|id| !results.contains(id)).cloned().collect();
        if !unanswered.is_empty() {
            return Err(unanswered_calls(nth - 1, &unanswered, MISSING));
        }
        for (index, id) in calls.iter().enumerate() {
            if !seen.insert(id.clone()) {
                let problem = format!("messages.{nth}.content.{index}: `tool_use` ids must be unique");
                return Err(Refusal::new(problem, DUPLICATE));
            }
        }
        open = calls;
    }
    if open.is_empty() { Ok(()) } else { Err(unanswered_calls(messages.len() - 1, &open, MISSING)) }
}

fn unanswered_calls(nth: usize, ids: &[String], source: &'static str) -> Refusal {
    let message = format!(
        "messages.{nth}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` \
         block must have a corresponding `tool_result` block in the next message.",
        ids.join(", ")
    );
    Refusal::new(message, source)
}
