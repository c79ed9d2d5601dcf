//! The method `generateContent` of Gemini.

mod contents;

use serde_json::{Value, json};

use crate::shape::{indexed, is_set, items, text, unknown_key};
use crate::{FinishReason, Refusal, ScriptedAnswer};

const API: &str = "https://ai.google.dev/api/generate-content";
const THINKING: &str = "https://ai.google.dev/gemini-api/docs/thinking";

const FIELDS: [&str; 8] = [
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
    "safetySettings",
    "cachedContent",
    "store",
];

const GENERATION_FIELDS: [&str; 19] = [
    "temperature",
    "topP",
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "seed",
    "presencePenalty",
    "frequencyPenalty",
    "responseLogprobs",
    "logprobs",
    "thinkingConfig",
    "responseModalities",
    "speechConfig",
    "mediaResolution",
    "imageConfig",
];

/// Checks a request to a model.
pub(crate) fn check(model: &str, body: &Value) -> Result<(), Refusal> {
    // https://github.com/nashsu/llm_wiki/issues/49
    if let Some(key) = unknown_key(body, &FIELDS) {
        return Err(unknown_name(key, ""));
    }
    let config = &body["generationConfig"];
    if let Some(key) = unknown_key(config, &GENERATION_FIELDS) {
        return Err(unknown_name(key, " at 'generation_config'"));
    }
    check_config(config, items(body, "tools"))?;
    check_thinking(model, &config["thinkingConfig"])?;
    check_tools(body)?;
    contents::check(model, items(body, "contents"))
}

fn unknown_name(key: &str, place: &str) -> Refusal {
    let message = format!("Invalid JSON payload received. Unknown name \"{key}\"{place}: Cannot find field.");
    Refusal::new(message, API)
}

fn check_config(config: &Value, tools: &[Value]) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::new(message, API));
    if let Some(temperature) = config["temperature"].as_f64().filter(|value| !(0.0..=2.0).contains(value)) {
        return refuse(format!(
            "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0], but was {temperature}.\n"
        ));
    }
    if let Some(seed) = config["seed"].as_u64().filter(|seed| *seed > i32::MAX.unsigned_abs().into()) {
        return refuse(format!("Invalid value at 'generation_config.seed' (TYPE_INT32), {seed}"));
    }
    let stops = items(config, "stopSequences").len();
    if stops > 5 {
        return refuse(format!(
            "Unable to submit request because it has {stops} stop sequences, but the maximum is 5."
        ));
    }
    if config["responseMimeType"] == "application/json" && !tools.is_empty() {
        return refuse("Function calling with a response mime type: 'application/json' is unsupported".to_owned());
    }
    Ok(())
}

fn check_thinking(model: &str, config: &Value) -> Result<(), Refusal> {
    // https://github.com/vercel/ai/issues/8027, https://github.com/saurabhav88/EnviousWispr/issues/1769
    let refuse = |message: String| Err(Refusal::new(message, THINKING));
    if let Some(key) = unknown_key(config, &["thinkingBudget", "thinkingLevel", "includeThoughts"]) {
        return Err(unknown_name(key, " at 'generation_config.thinking_config'"));
    }
    let is_older = ["gemini-1", "gemini-2.0"].iter().any(|name| model.starts_with(name));
    if is_older && config.is_object() {
        return refuse(format!("Thinking is not supported for models/{model}."));
    }
    if is_set(config, "thinkingLevel") {
        if is_set(config, "thinkingBudget") {
            return refuse("You can only set only one of thinking budget and thinking level.".to_owned());
        }
        if model.starts_with("gemini-2") {
            return refuse("Thinking level is not supported for this model.".to_owned());
        }
    }
    let (low, high) = match model {
        _ if model.starts_with("gemini-2.5-pro") => (128, 32768),
        _ if model.starts_with("gemini-2.5-flash-lite") => (512, 24576),
        _ => (1, 24576),
    };
    match config["thinkingBudget"].as_i64() {
        Some(0) if model.starts_with("gemini-2.5-pro") => {
            refuse("Budget 0 is invalid. This model only works in thinking mode.".to_owned())
        }
        Some(0 | -1) | None => Ok(()),
        Some(budget) if (low..=high).contains(&budget) => Ok(()),
        Some(budget) => {
            refuse(format!("The thinking budget {budget} is invalid. Please choose a value between {low} and {high}."))
        }
    }
}

fn check_tools(body: &Value) -> Result<(), Refusal> {
    // https://github.com/google-gemini/gemini-cli/issues/7878
    const SOURCE: &str = "https://github.com/google-gemini/gemini-cli/issues/7878";
    let declarations: Vec<_> =
        items(body, "tools").iter().flat_map(|tool| indexed(tool, "functionDeclarations")).collect();
    let mut names = std::collections::HashSet::new();
    for (nth, declaration) in &declarations {
        let name = text(declaration, "name");
        if !is_function_name(name) {
            let message = format!(
                "The GenerateContentRequest proto is invalid:\n  * tools[0].function_declarations[{nth}].name: \
                 [FIELD_INVALID] Invalid function name. Must start with a letter or an underscore. Must be a-z, A-Z, 0-9, or \
                 contain underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64."
            );
            return Err(Refusal::new(message, SOURCE));
        }
        if !names.insert(name) {
            return Err(Refusal::new(format!("Duplicate function declaration found: {name}"), API));
        }
    }
    let mode = body.pointer("/toolConfig/functionCallingConfig/mode").and_then(Value::as_str);
    if mode == Some("ANY") && declarations.is_empty() {
        let message = "Function calling config is set without function_declarations.";
        return Err(Refusal::new(message, "https://ai.google.dev/gemini-api/docs/function-calling"));
    }
    Ok(())
}

/// Returns true for a name that Gemini accepts for a function.
fn is_function_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.len() <= 64 && name.chars().all(is_plain)
}

/// Returns the response. Models before Gemini 3 give no ids of calls, and no signatures.
pub(crate) fn response(answer: &ScriptedAnswer, number: usize, model: &str, body: &Value) -> Value {
    let is_third = model.starts_with("gemini-3");
    let mut parts = Vec::new();
    if let Some(reasoning) = &answer.reasoning {
        parts.push(json!({ "text": reasoning, "thought": true }));
    }
    if !answer.text.is_empty() {
        parts.push(json!({ "text": answer.text }));
    }
    for (nth, (name, arguments)) in answer.calls.iter().enumerate() {
        let mut part = json!({ "functionCall": { "name": name, "args": arguments } });
        if is_third {
            part["functionCall"]["id"] = json!(format!("fn{number}{nth}"));
        }
        if is_third && nth == 0 {
            part["thoughtSignature"] = json!(format!("sig-{number}"));
        }
        parts.push(part);
    }
    let finish = match answer.finish {
        Some(FinishReason::Length) => "MAX_TOKENS",
        Some(FinishReason::Filtered) => "SAFETY",
        _ => "STOP",
    };
    let (input, output) = (body.to_string().len().div_ceil(4), answer.tokens());
    json!({
        "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": finish, "index": 0 }],
        "usageMetadata": { "promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output },
        "modelVersion": model, "responseId": format!("response-{number}")
    })
}
