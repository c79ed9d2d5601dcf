//! Parts of responses of OpenAI's Responses API that genai does not decode.

use serde_json::Value;

use super::arguments;
use crate::{ChatResponse, ModelError, ModelErrorKind, TokenUsage, ToolCall};

/// Returns the error of a response with the status `failed`.
pub(super) fn failure(raw: &Value) -> ModelError {
    let code = raw.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
    let kind = if code.starts_with("rate_limit") { ModelErrorKind::RateLimited } else { ModelErrorKind::ServerError };
    ModelError::new(kind).with_code(code)
}

/// Returns the text of a refusal. The text is empty if a filter stopped the response.
pub(super) fn refusal(raw: &Value) -> Option<String> {
    let is_filtered = raw.pointer("/incomplete_details/reason").is_some_and(|reason| reason == "content_filter");
    let parts = items(raw, "output").iter().flat_map(|item| items(item, "content"));
    let mut refusals = parts.filter_map(|part| part.get("refusal")?.as_str()).peekable();
    let has_refusal = refusals.peek().is_some();
    (has_refusal || is_filtered).then(|| refusals.collect())
}

/// Decodes a response with arguments that are not JSON, which the model can correct.
pub(super) fn salvage(body: &Value) -> Option<ChatResponse> {
    let output = items(body, "output");
    let calls = output.iter().filter(|item| item.get("type").is_some_and(|kind| kind == "function_call"));
    let calls = calls.filter_map(|call| {
        let text = |name: &str| call.get(name).and_then(Value::as_str);
        Some(ToolCall::new(text("call_id")?, text("name")?, arguments(call)))
    });
    let calls: Vec<_> = calls.collect();
    let texts = output.iter().flat_map(|item| items(item, "content")).filter_map(|part| part.get("text")?.as_str());
    let count = |path: &str| body.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let usage = TokenUsage::new(count("/usage/input_tokens"), count("/usage/output_tokens"))
        .with_cached_input_tokens(count("/usage/input_tokens_details/cached_tokens"))
        .with_reasoning_tokens(count("/usage/output_tokens_details/reasoning_tokens"));
    (!calls.is_empty())
        .then(|| ChatResponse { text: texts.collect(), ..ChatResponse::tool_calls(calls).with_usage(usage) })
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn broken_arguments_are_salvaged() {
        let body = json!({ "output": [
            { "type": "message", "content": [{ "type": "output_text", "text": "Wait." }] },
            { "type": "function_call", "call_id": "a", "name": "weather", "arguments": "{\"city" },
        ], "usage": { "input_tokens": 3, "output_tokens": 4 } });
        let response = salvage(&body).unwrap();
        assert_eq!(response.tool_calls, [ToolCall::new("a", "weather", json!("{\"city"))]);
        assert_eq!((response.text.as_str(), response.usage), ("Wait.", TokenUsage::new(3, 4)));
        assert!(salvage(&json!({ "output": [] })).is_none());
    }

    #[test]
    fn refusals_and_failures_are_told_apart() {
        let refused =
            json!({ "output": [{ "type": "message", "content": [{ "type": "refusal", "refusal": "No." }] }] });
        assert_eq!(refusal(&refused).as_deref(), Some("No."));
        assert_eq!(refusal(&json!({ "incomplete_details": { "reason": "content_filter" } })).as_deref(), Some(""));
        assert_eq!(refusal(&json!({ "incomplete_details": { "reason": "max_output_tokens" } })), None);
        let error = failure(&json!({ "error": { "code": "rate_limit_exceeded", "message": "psst" } }));
        assert_eq!((error.kind(), error.code()), (ModelErrorKind::RateLimited, Some("rate_limit_exceeded")));
    }
}
