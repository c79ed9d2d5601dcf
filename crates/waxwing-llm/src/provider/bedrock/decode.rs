//! Conversion of a Converse response into a [`ChatResponse`].

use serde_json::{Value, json};

use crate::provider::errors;
use crate::{ChatResponse, ModelError, StopReason, TokenUsage, ToolCall};

/// Marks the state of a message of this API.
const STATE: &str = "bedrock";

/// Converts the body of a response.
///
/// # Errors
///
/// Returns an error if the body is not a response.
pub(super) fn response(body: &Value) -> Result<ChatResponse, ModelError> {
    let blocks = body.pointer("/output/message/content").and_then(Value::as_array);
    let blocks = blocks.ok_or_else(|| errors::unreadable_json(body))?;
    let texts = |path: &str| -> Vec<&str> { blocks.iter().filter_map(|block| block.pointer(path)?.as_str()).collect() };
    let tool_calls: Vec<_> = blocks.iter().filter_map(|block| tool_call(block.get("toolUse")?)).collect();
    let stop_reason = match body.get("stopReason").and_then(Value::as_str).unwrap_or_default() {
        "guardrail_intervened" | "content_filtered" => StopReason::Refused,
        "max_tokens" | "model_context_window_exceeded" => StopReason::MaxTokens,
        _ if !tool_calls.is_empty() => StopReason::ToolCalls,
        "end_turn" | "stop_sequence" => StopReason::End,
        _ => StopReason::Other,
    };
    let reasoning = texts("/reasoningContent/reasoningText/text").join("\n");
    // The thoughts are signed, and go back with the results of the calls.
    let has_thoughts = blocks.iter().any(|block| block.get("reasoningContent").is_some());
    Ok(ChatResponse {
        text: texts("/text").concat(),
        reasoning: (!reasoning.is_empty()).then_some(reasoning),
        stop_reason,
        usage: usage(body),
        provider_state: has_thoughts.then(|| json!({ "provider": STATE, "blocks": blocks })),
        tool_calls,
    })
}

/// Returns the blocks of a message of this API. Other providers have other states.
pub(super) fn state_blocks(state: &Value) -> Option<Vec<Value>> {
    let blocks = state.get("blocks").filter(|_| state.get("provider").is_some_and(|provider| provider == STATE))?;
    blocks.as_array().cloned()
}

/// Reads a call. Returns none if it has no id or no name.
pub(super) fn tool_call(call: &Value) -> Option<ToolCall> {
    let text = |key: &str| call.get(key)?.as_str();
    let input = call.get("input").filter(|input| !input.is_null()).cloned();
    Some(ToolCall::new(text("toolUseId")?, text("name")?, input.unwrap_or_else(|| json!({}))))
}

fn usage(body: &Value) -> TokenUsage {
    let count = |key: &str| body.get("usage").and_then(|usage| usage.get(key)?.as_u64()).unwrap_or(0);
    // The input tokens are those that the cache does not hold: https://github.com/anomalyco/opencode/pull/38427
    let cached = count("cacheReadInputTokens");
    let input = count("inputTokens") + cached + count("cacheWriteInputTokens");
    TokenUsage::new(input, count("outputTokens")).with_cached_input_tokens(cached)
}
