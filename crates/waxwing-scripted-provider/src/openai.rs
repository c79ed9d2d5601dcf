//! The two APIs of OpenAI.

pub(crate) mod chat;
mod family;
pub(crate) mod responses;
mod schema;

use serde_json::{Value, json};

use crate::shape::{indexed, is_name, is_set, items, text};
use crate::{FinishReason, Refusal, ScriptedAnswer};

const CHAT: &str = "https://platform.openai.com/docs/api-reference/chat/create";
const RESPONSES: &str = "https://platform.openai.com/docs/api-reference/responses/create";

/// Checks a name of a tool.
fn check_name(name: &str, param: &str) -> Result<(), Refusal> {
    const SOURCE: &str = "https://platform.openai.com/docs/guides/function-calling";
    if name.len() > 64 {
        let length = name.len();
        return Err(Refusal::new(
            format!("Invalid '{param}': string too long. Expected a string with maximum length 64, but got a string with length {length} instead."),
            SOURCE,
        )
        .at(param)
        .code("string_above_max_length"));
    }
    if !is_name(name, 64) {
        return Err(Refusal::new(
            format!("Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."),
            SOURCE,
        )
        .at(param)
        .code("invalid_value"));
    }
    Ok(())
}

/// Checks the length of an id of a call.
fn check_call_id(id: &str, max: usize, param: &str, source: &'static str) -> Result<(), Refusal> {
    let problem = if id.is_empty() {
        "empty string. Expected a string with minimum length 1, but got an empty string instead.".to_owned()
    } else if id.len() > max {
        let length = id.len();
        format!(
            "string too long. Expected a string with maximum length {max}, but got a string with length {length} instead."
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(format!("Invalid '{param}': {problem}"), source).at(param).code("string_above_max_length"))
}

/// Checks that the arguments of a call are the text of a JSON object.
fn check_arguments(call: &Value, param: &str) -> Result<(), Refusal> {
    if call.get("arguments").is_some_and(Value::is_string) {
        return Ok(());
    }
    let message = format!("Invalid type for '{param}': expected a string, but got an object instead.");
    Err(Refusal::new(message, CHAT).at(param).code("invalid_type"))
}

/// Checks the list of tools. `name` returns the name of a tool, `place` the path of the name in it.
fn check_tools<'a>(body: &'a Value, place: &str, name: impl Fn(&'a Value) -> &'a str) -> Result<(), Refusal> {
    const SOURCE: &str = "https://platform.openai.com/docs/guides/function-calling";
    let tools = items(body, "tools");
    if is_set(body, "tools") && tools.is_empty() {
        let message =
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.";
        return Err(Refusal::new(message, SOURCE).at("tools").code("empty_array"));
    }
    if tools.len() > 128 {
        let length = tools.len();
        let message = format!(
            "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length {length} instead."
        );
        return Err(Refusal::new(message, SOURCE).at("tools").code("array_above_max_length"));
    }
    if is_set(body, "tool_choice") && tools.is_empty() {
        let message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
        return Err(Refusal::new(message, CHAT).at("tool_choice"));
    }
    for (nth, tool) in indexed(body, "tools") {
        check_name(name(tool), &format!("tools[{nth}].{place}"))?;
    }
    Ok(())
}

/// Refuses pictures in other formats than the documented ones.
fn check_picture(url: &str) -> Result<(), Refusal> {
    const FORMATS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    let is_known = |format: &str| url.strip_prefix("data:").is_some_and(|rest| rest.starts_with(format));
    if url.starts_with("https://") || FORMATS.into_iter().any(is_known) {
        return Ok(());
    }
    let message = "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].";
    Err(Refusal::new(message, "https://platform.openai.com/docs/guides/images-vision").code("image_parse_error"))
}

fn unsupported_parameter(param: &str, source: &'static str) -> Refusal {
    let message = format!("Unsupported parameter: '{param}' is not supported with this model.");
    Refusal::new(message, source).at(param).code("unsupported_parameter")
}

fn unknown_parameter(param: &str, source: &'static str) -> Refusal {
    Refusal::new(format!("Unknown parameter: '{param}'."), source).at(param).code("unknown_parameter")
}

/// Returns the response of chat completions.
pub(crate) fn chat_response(answer: &ScriptedAnswer, number: usize, body: &Value) -> Value {
    let calls: Vec<_> = answer
        .calls
        .iter()
        .enumerate()
        .map(|(nth, (name, arguments))| {
            let function = json!({ "name": name, "arguments": arguments.to_string() });
            json!({ "id": format!("call_{number}_{nth}"), "type": "function", "function": function })
        })
        .collect();
    let finish = match answer.finish {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::Filtered) => "content_filter",
        _ if calls.is_empty() => "stop",
        _ => "tool_calls",
    };
    let content = if answer.text.is_empty() { Value::Null } else { json!(answer.text) };
    let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    if let Some(reasoning) = &answer.reasoning {
        message["reasoning_content"] = json!(reasoning);
    }
    let (input, output) = (body.to_string().len().div_ceil(4), answer.tokens());
    json!({
        "id": format!("chatcmpl-{number}"), "object": "chat.completion", "created": 1_767_225_600, "model": text(body, "model"),
        "choices": [{ "index": 0, "message": message, "finish_reason": finish, "logprobs": null }],
        "usage": { "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output }
    })
}

/// Returns the response of the Responses API.
pub(crate) fn responses_response(answer: &ScriptedAnswer, number: usize, body: &Value) -> Value {
    let mut output = Vec::new();
    if let Some(reasoning) = &answer.reasoning {
        let summary = json!([{ "type": "summary_text", "text": reasoning }]);
        output.push(json!({ "type": "reasoning", "id": format!("rs_{number}"), "summary": summary, "encrypted_content": format!("enc-{number}") }));
    }
    if !answer.text.is_empty() {
        let content = json!([{ "type": "output_text", "text": answer.text, "annotations": [] }]);
        output.push(json!({ "type": "message", "id": format!("msg_{number}"), "role": "assistant", "status": "completed", "content": content }));
    }
    for (nth, (name, arguments)) in answer.calls.iter().enumerate() {
        let id = format!("call_{number}_{nth}");
        output.push(json!({ "type": "function_call", "id": format!("fc_{number}_{nth}"), "call_id": id, "name": name, "arguments": arguments.to_string(), "status": "completed" }));
    }
    let (status, reason) = match answer.finish {
        Some(FinishReason::Length) => ("incomplete", Some("max_output_tokens")),
        Some(FinishReason::Filtered) => ("incomplete", Some("content_filter")),
        _ => ("completed", None),
    };
    let (input, tokens) = (body.to_string().len().div_ceil(4), answer.tokens());
    json!({
        "id": format!("resp_{number}"), "object": "response", "created_at": 1_767_225_600, "status": status, "error": null,
        "incomplete_details": reason.map(|reason| json!({ "reason": reason })),
        "model": text(body, "model"), "output": output,
        "usage": { "input_tokens": input, "output_tokens": tokens, "total_tokens": input + tokens }
    })
}
