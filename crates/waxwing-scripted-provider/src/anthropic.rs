//! The Messages API of Anthropic.

mod messages;
mod model;
mod thinking;

use serde_json::{Value, json};

use crate::shape::{indexed, is_name, is_set, items, text, unknown_key};
use crate::{FinishReason, Refusal, ScriptedAnswer};

use model::Model;

const API: &str = "https://platform.claude.com/docs/en/api/messages";

/// Parameters of the API.
const PARAMETERS: [&str; 19] = [
    "model",
    "messages",
    "max_tokens",
    "cache_control",
    "container",
    "context_management",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
];

/// Checks a request.
pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(key) = unknown_key(body, &PARAMETERS).filter(|key| *key != "top_p") {
        return Err(Refusal::new(format!("{key}: Extra inputs are not permitted"), API));
    }
    for key in ["model", "messages", "max_tokens"] {
        if !is_set(body, key) {
            return Err(Refusal::new(format!("{key}: Field required"), API));
        }
    }
    let model = Model::of(text(body, "model"));
    check_parameters(body, &model)?;
    check_tools(body)?;
    thinking::check(body, &model)?;
    messages::check(body, &model)
}

fn check_parameters(body: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    const DEPRECATED: &str = "https://github.com/UKGovernmentBEIS/inspect_ai/issues/3721";
    const MODELS: &str = "https://platform.claude.com/docs/en/about-claude/models/overview";
    let (tokens, limit) = (body["max_tokens"].as_u64().unwrap_or(0), model.max_tokens());
    if tokens == 0 {
        return Err(Refusal::new("max_tokens: Input should be greater than or equal to 1", API));
    }
    if tokens > limit {
        let name = model.name;
        let message =
            format!("max_tokens: {tokens} > {limit}, which is the maximum allowed number of output tokens for {name}");
        return Err(Refusal::new(message, MODELS));
    }
    if let Some(temperature) = body["temperature"].as_f64() {
        if model.has_no_temperature() && temperature.total_cmp(&1.0).is_ne() {
            return Err(Refusal::new("`temperature` is deprecated for this model.", DEPRECATED));
        }
        if temperature > 1.0 {
            return Err(Refusal::new("temperature: Input should be less than or equal to 1", API));
        }
        if is_set(body, "top_p") && model.is_at_least((4, 5)) {
            let message = "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
            return Err(Refusal::new(message, API));
        }
    }
    if items(body, "stop_sequences").iter().any(|stop| stop.as_str().is_none_or(|stop| stop.trim().is_empty())) {
        return Err(Refusal::new("stop_sequences: each stop sequence must contain non-whitespace", API));
    }
    Ok(())
}

fn check_tools(body: &Value) -> Result<(), Refusal> {
    const SOURCE: &str = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use";
    let mut names = std::collections::HashSet::new();
    for (nth, tool) in indexed(body, "tools") {
        let name = text(tool, "name");
        if !is_name(name, 128) {
            let problem = "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
            return Err(Refusal::new(format!("tools.{nth}.custom.name: {problem}"), SOURCE));
        }
        if tool.pointer("/input_schema/type").is_none_or(|kind| kind != "object") {
            return Err(Refusal::new(format!("tools.{nth}.custom.input_schema.type: Field required"), SOURCE));
        }
        if !names.insert(name) {
            return Err(Refusal::new("tools: Tool names must be unique.", SOURCE));
        }
    }
    if is_set(body, "tool_choice") && names.is_empty() {
        return Err(Refusal::new("tool_choice: Tool choice may only be specified while providing tools.", SOURCE));
    }
    Ok(())
}

/// Returns the response. Ids are unique in the process of the provider.
pub(crate) fn response(answer: &ScriptedAnswer, number: usize, body: &Value) -> Value {
    let mut content = Vec::new();
    if let Some(reasoning) = &answer.reasoning {
        content.push(json!({ "type": "thinking", "thinking": reasoning, "signature": format!("sig-{number}") }));
    }
    if !answer.text.is_empty() {
        content.push(json!({ "type": "text", "text": answer.text }));
    }
    for (nth, (name, arguments)) in answer.calls.iter().enumerate() {
        let id = format!("toolu_{number}_{nth}");
        content.push(json!({ "type": "tool_use", "id": id, "name": name, "input": arguments }));
    }
    let stop = match answer.finish {
        Some(FinishReason::Length) => "max_tokens",
        Some(FinishReason::Filtered) => "refusal",
        _ if answer.calls.is_empty() => "end_turn",
        _ => "tool_use",
    };
    json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": text(body, "model"),
        "content": content, "stop_reason": stop, "stop_sequence": null,
        "usage": { "input_tokens": body.to_string().len().div_ceil(4), "output_tokens": answer.tokens() }
    })
}
