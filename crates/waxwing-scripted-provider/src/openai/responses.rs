//! Rules of OpenAI's Responses API.

use std::collections::HashSet;

use serde_json::Value;

use super::family::Family;
use super::{RESPONSES, check_arguments, check_call_id, check_name, check_picture, check_tools, schema};
use super::{unknown_parameter, unsupported_parameter};
use crate::Refusal;
use crate::shape::{indexed, is_set, items, text, unknown_key};

/// Parameters of the API. `stop` and `seed` are not among them: https://github.com/langchain-ai/langchain/pull/38336,
/// https://github.com/openai/openai-node/issues/1613
const PARAMETERS: [&str; 29] = [
    "model",
    "input",
    "instructions",
    "background",
    "context_management",
    "conversation",
    "include",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
];

/// Checks a request.
pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(key) = unknown_key(body, &PARAMETERS) {
        return Err(unknown_parameter(key, RESPONSES));
    }
    if text(body, "model").is_empty() {
        return Err(Refusal::new("Missing required parameter: 'model'.", RESPONSES)
            .at("model")
            .code("missing_required_parameter"));
    }
    check_parameters(body, Family::of(text(body, "model")))?;
    check_tools(body, "name", |tool| text(tool, "name"))?;
    for (nth, tool) in indexed(body, "tools").filter(|(_, tool)| tool["strict"] == true) {
        let place = format!("function '{}'", text(tool, "name"));
        schema::check_strict(&tool["parameters"], &place, &format!("tools[{nth}].parameters"))?;
    }
    if let Some(format) = body.pointer("/text/format").filter(|format| format["strict"] == true) {
        let place = format!("response_format '{}'", text(format, "name"));
        schema::check_strict(&format["schema"], &place, "text.format.schema")?;
    }
    if body["input"].is_string() {
        return Ok(());
    }
    if items(body, "input").is_empty() {
        let message = "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.";
        return Err(Refusal::new(message, RESPONSES).at("input").code("missing_required_parameter"));
    }
    for (nth, item) in indexed(body, "input") {
        check_item(nth, item)?;
    }
    check_order(items(body, "input"))
}

fn check_parameters(body: &Value, family: Family) -> Result<(), Refusal> {
    // https://github.com/vectorize-io/hindsight/issues/58
    const MINIMUM: &str = "https://github.com/vectorize-io/hindsight/issues/58";
    const TEMPERATURE: &str = "https://github.com/decolua/9router/issues/536";
    const REASONING: &str = "https://platform.openai.com/docs/guides/reasoning";
    if let Some(tokens) = body["max_output_tokens"].as_u64().filter(|tokens| *tokens < 16) {
        let message = format!(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got {tokens} instead."
        );
        return Err(Refusal::new(message, MINIMUM).at("max_output_tokens").code("integer_below_min_value"));
    }
    let effort = body.pointer("/reasoning/effort").and_then(Value::as_str);
    let asks_for_signatures = items(body, "include").iter().any(|item| item == "reasoning.encrypted_content");
    if !family.reasons {
        if effort.is_some() {
            return Err(unsupported_parameter("reasoning.effort", REASONING));
        }
        if asks_for_signatures {
            let message = "Encrypted content is not supported with this model.";
            return Err(Refusal::new(message, REASONING).at("include"));
        }
        return Ok(());
    }
    if let Some(effort) = effort.filter(|effort| !family.efforts().contains(effort)) {
        let values: Vec<_> = family.efforts().iter().map(|effort| format!("'{effort}'")).collect();
        let message = format!(
            "Unsupported value: '{effort}' is not supported with the '{}' model. Supported values are: {}.",
            text(body, "model"),
            values.join(", ")
        );
        return Err(Refusal::new(message, REASONING).at("reasoning.effort").code("unsupported_value"));
    }
    let may_sample = family.can_skip_reasoning() && effort == Some("none");
    if is_set(body, "temperature") && !may_sample {
        return Err(unsupported_parameter("temperature", TEMPERATURE));
    }
    Ok(())
}

fn check_item(nth: usize, item: &Value) -> Result<(), Refusal> {
    let path = format!("input[{nth}]");
    let kind = if is_set(item, "type") { text(item, "type") } else { "message" };
    let allowed: &[&str] = match kind {
        "message" => &["type", "role", "content", "id", "status", "phase"],
        "function_call" => &["type", "call_id", "name", "arguments", "id", "status"],
        "function_call_output" => &["type", "call_id", "output", "id", "status"],
        "reasoning" => &["type", "id", "summary", "content", "encrypted_content", "status"],
        _ => {
            let message = format!(
                "Invalid value: '{kind}'. Supported values are: 'function_call', 'function_call_output', 'message', and 'reasoning'."
            );
            return Err(Refusal::new(message, RESPONSES).at(path).code("invalid_value"));
        }
    };
    if let Some(key) = unknown_key(item, allowed) {
        return Err(unknown_parameter(&format!("{path}.{key}"), RESPONSES));
    }
    match kind {
        "message" => check_message(item, &path),
        "reasoning" => Ok(()),
        _ => {
            // https://github.com/AnswerDotAI/fastllm/issues/45
            const SOURCE: &str = "https://github.com/AnswerDotAI/fastllm/issues/45";
            check_call_id(text(item, "call_id"), 64, &format!("{path}.call_id"), SOURCE)?;
            if kind == "function_call" {
                check_name(text(item, "name"), &format!("{path}.name"))?;
                check_arguments(item, &format!("{path}.arguments"))?;
            }
            Ok(())
        }
    }
}

fn check_message(item: &Value, path: &str) -> Result<(), Refusal> {
    let role = text(item, "role");
    let parts: &[&str] = match role {
        "user" | "system" | "developer" => &["input_text", "input_image", "input_file"],
        "assistant" => &["output_text", "refusal"],
        _ => {
            let message = format!(
                "Invalid value: '{role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'."
            );
            return Err(Refusal::new(message, RESPONSES).at(format!("{path}.role")).code("invalid_value"));
        }
    };
    if !is_set(item, "content") {
        let message = format!("Missing required parameter: '{path}.content'.");
        return Err(Refusal::new(message, RESPONSES).at(format!("{path}.content")).code("missing_required_parameter"));
    }
    for (nth, part) in indexed(item, "content") {
        let kind = text(part, "type");
        if !parts.contains(&kind) {
            let values: Vec<_> = parts.iter().map(|part| format!("'{part}'")).collect();
            let message = format!("Invalid value: '{kind}'. Supported values are: {}.", values.join(" and "));
            return Err(Refusal::new(message, RESPONSES).at(format!("{path}.content[{nth}]")).code("invalid_value"));
        }
        match kind {
            "input_image" => check_picture(text(part, "image_url"))?,
            "input_file" => check_file(part, &format!("{path}.content[{nth}]"))?,
            _ => {}
        }
    }
    Ok(())
}

/// Refuses files that the model cannot read, such as recordings.
fn check_file(part: &Value, path: &str) -> Result<(), Refusal> {
    const SOURCE: &str = "https://platform.openai.com/docs/guides/pdf-files";
    let data = text(part, "file_data");
    if is_set(part, "file_url") || data.starts_with("data:application/") || data.starts_with("data:text/") {
        return Ok(());
    }
    let message = format!(
        "Invalid input: Expected context stuffing file type to be a supported format but got {}.",
        text(part, "filename")
    );
    Err(Refusal::new(message, SOURCE).at(path).code("unsupported_file"))
}

/// Checks that each call has one result after it, and each result a call before it.
fn check_order(input: &[Value]) -> Result<(), Refusal> {
    const NO_OUTPUT: &str = "https://github.com/Azure/azure-sdk-for-python/issues/46092";
    const NO_CALL: &str = "https://github.com/microsoft/vscode/issues/320060";
    let ids = |kind: &str| -> Vec<&str> {
        input.iter().filter(|item| text(item, "type") == kind).map(|item| text(item, "call_id")).collect()
    };
    let mut called = HashSet::new();
    for item in input {
        let id = text(item, "call_id");
        match text(item, "type") {
            "function_call" if !called.insert(id) => {
                let message =
                    format!("Duplicate item found with id {id}. Remove duplicate items from your input and try again.");
                return Err(Refusal::new(message, "https://github.com/vercel/ai/issues/13307").at("input"));
            }
            "function_call_output" if !called.contains(id) => {
                let message = format!("No tool call found for function call output with call_id {id}.");
                return Err(Refusal::new(message, NO_CALL).at("input"));
            }
            _ => {}
        }
    }
    let outputs: HashSet<_> = ids("function_call_output").into_iter().collect();
    match ids("function_call").into_iter().find(|id| !outputs.contains(id)) {
        Some(id) => Err(Refusal::new(format!("No tool output found for function call {id}."), NO_OUTPUT).at("input")),
        None => Ok(()),
    }
}
