//! Rules of OpenAI's chat completions.

use std::collections::HashSet;

use serde_json::Value;

use super::family::Family;
use super::{CHAT, check_arguments, check_call_id, check_name, check_picture, check_tools, schema};
use super::{unknown_parameter, unsupported_parameter};
use crate::Refusal;
use crate::shape::{indexed, is_set, items, text, unknown_key};

/// Parameters of the API.
const PARAMETERS: [&str; 35] = [
    "model",
    "messages",
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
];

/// Fields of a message.
const FIELDS: [&str; 9] =
    ["role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio", "function_call", "reasoning_content"];

/// Checks a request.
pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(key) = unknown_key(body, &PARAMETERS) {
        return Err(unknown_parameter(key, CHAT));
    }
    let model = text(body, "model");
    if model.is_empty() {
        return Err(Refusal::new("you must provide a model parameter", CHAT));
    }
    if items(body, "messages").is_empty() {
        let message =
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return Err(Refusal::new(message, CHAT).at("messages").code("empty_array"));
    }
    check_sampling(body, Family::of(model))?;
    check_tools_with_reasoning(body, model)?;
    check_tools(body, "function.name", |tool| tool.get("function").map_or("", |function| text(function, "name")))?;
    if let Some(format) = body.pointer("/response_format/json_schema").filter(|format| format["strict"] == true) {
        let place = format!("response_format '{}'", text(format, "name"));
        schema::check_strict(&format["schema"], &place, "response_format")?;
    }
    for (nth, message) in indexed(body, "messages") {
        check_message(nth, message)?;
    }
    check_order(items(body, "messages"))
}

/// Checks parameters that models with reasoning do not have.
fn check_sampling(body: &Value, family: Family) -> Result<(), Refusal> {
    // https://github.com/huggingface/smolagents/issues/1671 (stop), https://github.com/QwenLM/qwen-code/issues/921 (temperature)
    const STOP: &str = "https://github.com/huggingface/smolagents/issues/1671";
    const TEMPERATURE: &str = "https://github.com/QwenLM/qwen-code/issues/921";
    const O_SERIES: &str = "https://github.com/sigoden/aichat/issues/1144";
    const REASONING: &str = "https://platform.openai.com/docs/guides/reasoning";
    if items(body, "stop").len() > 4 {
        let message = "Invalid 'stop': array too long. Expected an array with maximum length 4.";
        return Err(Refusal::new(message, CHAT).at("stop").code("array_above_max_length"));
    }
    if !family.is_known {
        return Ok(());
    }
    if !family.reasons {
        let effort = is_set(body, "reasoning_effort").then(|| unsupported_parameter("reasoning_effort", REASONING));
        return effort.map_or(Ok(()), Err);
    }
    if is_set(body, "max_tokens") {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return Err(Refusal::new(message, REASONING).at("max_tokens").code("unsupported_parameter"));
    }
    let effort = text(body, "reasoning_effort");
    if is_set(body, "reasoning_effort") && !family.efforts().contains(&effort) {
        let values: Vec<_> = family.efforts().iter().map(|effort| format!("'{effort}'")).collect();
        let message = format!(
            "Unsupported value: 'reasoning_effort' does not support '{effort}' with this model. Supported values are: {}.",
            values.join(", ")
        );
        return Err(Refusal::new(message, REASONING).at("reasoning_effort").code("unsupported_value"));
    }
    if effort == "none" {
        return Ok(());
    }
    if is_set(body, "stop") {
        return Err(unsupported_parameter("stop", STOP));
    }
    match body.get("temperature").filter(|value| !value.is_null()) {
        Some(_) if family.is_o_series => Err(unsupported_parameter("temperature", O_SERIES)),
        Some(value) if value.as_f64() != Some(1.0) => {
            let message = format!(
                "Unsupported value: 'temperature' does not support {value} with this model. Only the default (1) value is supported."
            );
            Err(Refusal::new(message, TEMPERATURE).at("temperature").code("unsupported_value"))
        }
        _ => Ok(()),
    }
}

/// Refuses tools together with reasoning, which current models offer in the Responses API only.
fn check_tools_with_reasoning(body: &Value, model: &str) -> Result<(), Refusal> {
    // https://github.com/pipecat-ai/pipecat/issues/4043 (gpt-5.4 with an effort),
    // https://github.com/danny-avila/LibreChat/issues/14355 (gpt-5.6 without an effort)
    const SOURCE: &str = "https://github.com/danny-avila/LibreChat/issues/14355";
    let (family, effort) = (Family::of(model), text(body, "reasoning_effort"));
    let reasons_by_default = family.gpt.is_some_and(|gpt| gpt >= (5, 5));
    let sets_effort = family.gpt.is_some_and(|gpt| gpt >= (5, 2)) && !effort.is_empty();
    if items(body, "tools").is_empty() || !family.reasons || effort == "none" || !(reasons_by_default || sets_effort) {
        return Ok(());
    }
    let message = format!(
        "Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    );
    Err(Refusal::new(message, SOURCE).at("reasoning_effort"))
}

fn check_message(nth: usize, message: &Value) -> Result<(), Refusal> {
    let path = format!("messages[{nth}]");
    if let Some(key) = unknown_key(message, &FIELDS) {
        return Err(unknown_parameter(&format!("{path}.{key}"), CHAT));
    }
    let role = text(message, "role");
    if !["system", "developer", "user", "assistant", "tool"].contains(&role) {
        let message = format!(
            "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
        );
        return Err(Refusal::new(message, CHAT).at(format!("{path}.role")).code("invalid_value"));
    }
    let calls = items(message, "tool_calls");
    if role == "assistant" && is_set(message, "tool_calls") && calls.is_empty() {
        let problem = format!(
            "Invalid '{path}.tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead."
        );
        return Err(Refusal::new(problem, CHAT).at(format!("{path}.tool_calls")).code("empty_array"));
    }
    if !is_set(message, "content") && calls.is_empty() {
        let problem = "Invalid value for 'content': expected a string, got null.";
        return Err(Refusal::new(problem, CHAT).at(format!("messages.[{nth}].content")));
    }
    for (index, part) in indexed(message, "content") {
        check_part(part, &format!("{path}.content[{index}]"))?;
    }
    for (index, call) in calls.iter().enumerate() {
        // https://github.com/vercel/ai/issues/8132
        let (place, function) = (format!("{path}.tool_calls[{index}]"), &call["function"]);
        check_call_id(text(call, "id"), 40, &format!("{place}.id"), "https://github.com/vercel/ai/issues/8132")?;
        check_name(text(function, "name"), &format!("{place}.function.name"))?;
        check_arguments(function, &format!("{place}.function.arguments"))?;
    }
    Ok(())
}

/// Checks a part of a user message.
fn check_part(part: &Value, path: &str) -> Result<(), Refusal> {
    const AUDIO: &str = "https://platform.openai.com/docs/guides/audio";
    match text(part, "type") {
        "text" | "file" | "refusal" => Ok(()),
        "image_url" => check_picture(part.pointer("/image_url/url").and_then(Value::as_str).unwrap_or_default()),
        "input_audio" => match part.pointer("/input_audio/format").and_then(Value::as_str).unwrap_or_default() {
            "wav" | "mp3" => Ok(()),
            format => {
                let message = format!("Invalid value: '{format}'. Supported values are: 'wav' and 'mp3'.");
                Err(Refusal::new(message, AUDIO).at(format!("{path}.input_audio.format")).code("invalid_value"))
            }
        },
        kind => {
            let message = format!(
                "Invalid value: '{kind}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'."
            );
            Err(Refusal::new(message, CHAT).at(format!("{path}.type")).code("invalid_value"))
        }
    }
}

/// Checks that results follow the calls that they answer, one for each call.
fn check_order(messages: &[Value]) -> Result<(), Refusal> {
    const MISSING: &str = "https://github.com/BerriAI/litellm/issues/10083";
    const DUPLICATE: &str = "https://github.com/agno-agi/agno/issues/5116";
    let mut open: HashSet<&str> = HashSet::new();
    let mut answered: HashSet<&str> = HashSet::new();
    for (nth, message) in messages.iter().enumerate() {
        if text(message, "role") == "tool" {
            let id = text(message, "tool_call_id");
            if !answered.is_empty() && answered.contains(id) {
                let problem = format!(
                    "Invalid parameter: Duplicate value for 'tool_call_id' of '{id}', in messages[{}] and messages[{nth}].",
                    nth - 1
                );
                return Err(Refusal::new(problem, DUPLICATE).at(format!("messages.[{nth}].tool_call_id")));
            }
            if !open.remove(id) {
                let problem = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
                return Err(Refusal::new(problem, CHAT).at(format!("messages.[{nth}].role")));
            }
            answered.insert(id);
            continue;
        }
        check_answered(&open, MISSING)?;
        answered.clear();
        let ids: Vec<_> = items(message, "tool_calls").iter().map(|call| text(call, "id")).collect();
        open = ids.iter().copied().collect();
        if open.len() < ids.len() {
            let problem = format!(
                "Invalid parameter: Duplicate value for 'tool_call_id' of '{}', in messages[{nth}] and messages[{nth}].",
                ids[0]
            );
            return Err(Refusal::new(problem, DUPLICATE).at(format!("messages.[{nth}].tool_calls")));
        }
    }
    check_answered(&open, MISSING)
}

fn check_answered(open: &HashSet<&str>, source: &'static str) -> Result<(), Refusal> {
    let mut ids: Vec<_> = open.iter().copied().collect();
    ids.sort_unstable();
    if ids.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        ids.join(", ")
    );
    Err(Refusal::new(message, source).at("messages"))
}
