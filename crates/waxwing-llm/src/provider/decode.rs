//! Conversion of provider responses into [`ChatResponse`].

mod responses;

use genai::adapter::AdapterKind;
use genai::chat::{ChatResponse as Response, MessageContent, StopReason as Stop};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors;
use crate::{ChatResponse, ModelError, StopReason, TokenUsage, ToolCall};

/// A message in the form that its provider expects back. Other providers would reject this form.
#[derive(Serialize, Deserialize)]
pub(super) struct ProviderState {
    provider: String,
    content: MessageContent,
}

impl ProviderState {
    /// Returns the message if it belongs to this provider.
    pub(super) fn read(kind: AdapterKind, state: &Value) -> Option<MessageContent> {
        let state = Self::deserialize(state).ok()?;
        (state.provider == kind.as_str()).then_some(state.content)
    }
}

pub(super) fn response(kind: AdapterKind, mut response: Response) -> Result<ChatResponse, ModelError> {
    // genai returns an empty response for JSON that is not a response, such as an error with status 200.
    let raw = response.captured_raw_body.take().unwrap_or_default();
    if kind == AdapterKind::OpenAI && raw.pointer("/choices/0/message").is_none() {
        return Err(errors::unreadable_json(&raw));
    }
    if raw.get("status").is_some_and(|status| status == "failed") && kind == AdapterKind::OpenAIResp {
        return Err(responses::failure(&raw));
    }
    let refusal = refusal(kind, &raw);
    let tool_calls: Vec<_> = response.content.tool_calls().into_iter().map(tool_call).collect();
    let stop_reason = match &response.stop_reason {
        _ if refusal.is_some() => StopReason::Refused,
        Some(Stop::MaxTokens(_)) => StopReason::MaxTokens,
        Some(Stop::ContentFilter(_)) => StopReason::Refused,
        _ if !tool_calls.is_empty() => StopReason::ToolCalls,
        Some(Stop::Completed(_) | Stop::StopSequence(_)) => StopReason::End,
        _ => StopReason::Other,
    };
    Ok(ChatResponse {
        text: refusal.unwrap_or_else(|| response.content.texts().concat()),
        reasoning: response.reasoning_content.clone().filter(|reasoning| !reasoning.is_empty()),
        stop_reason,
        usage: usage(&response.usage),
        provider_state: provider_state(kind, response),
        tool_calls,
    })
}

/// Returns the text of a refusal in OpenAI's APIs, which genai leaves out. The text is empty if a filter stopped the response.
fn refusal(kind: AdapterKind, raw: &Value) -> Option<String> {
    match kind {
        AdapterKind::OpenAI => raw.pointer("/choices/0/message/refusal")?.as_str().map(str::to_owned),
        AdapterKind::OpenAIResp => responses::refusal(raw),
        _ => None,
    }
}

/// Returns what the provider expects back, if anything: providers that sign their reasoning require it until the tool calls are answered.
fn provider_state(kind: AdapterKind, response: Response) -> Option<Value> {
    let provider = kind.as_str().to_owned();
    let content = response.into_assistant_message_for_tool_use()?.content;
    let is_plain =
        !content.contains_reasoning_content() && !content.contains_thought_signature() && !content.contains_custom();
    if is_plain {
        return None;
    }
    // If the message cannot be serialized, the next request rebuilds it from the text, without the reasoning.
    serde_json::to_value(ProviderState { provider, content }).ok()
}

fn tool_call(call: &genai::chat::ToolCall) -> ToolCall {
    ToolCall::new(call.call_id.clone(), call.fn_name.clone(), call.fn_arguments.clone())
}

fn usage(usage: &genai::chat::Usage) -> TokenUsage {
    let count = |tokens: Option<i32>| u64::try_from(tokens.unwrap_or(0)).unwrap_or(0);
    let reasoning = count(usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens));
    let cached = count(usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens));
    TokenUsage::new(count(usage.prompt_tokens), count(usage.completion_tokens).max(reasoning))
        .with_cached_input_tokens(cached)
        .with_reasoning_tokens(reasoning)
}

/// Decodes a usable response that genai rejects: tool arguments that are not JSON, which the model can correct, and a prompt that Gemini
/// blocks.
pub(super) fn salvage(kind: AdapterKind, body: &Value) -> Option<ChatResponse> {
    match kind {
        AdapterKind::Gemini | AdapterKind::Vertex => body
            .pointer("/promptFeedback/blockReason")
            .map(|_| ChatResponse::default().with_stop_reason(StopReason::Refused)),
        AdapterKind::OpenAI => salvage_openai(body),
        AdapterKind::OpenAIResp => responses::salvage(body),
        _ => None,
    }
}

fn salvage_openai(body: &Value) -> Option<ChatResponse> {
    let message = body.pointer("/choices/0/message")?;
    let calls = message.get("tool_calls")?.as_array()?;
    let tool_calls: Vec<_> = calls.iter().enumerate().filter_map(openai_tool_call).collect();
    let count = |path: &str| body.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let text = |name: &str| message.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned());
    let usage = TokenUsage::new(count("/usage/prompt_tokens"), count("/usage/completion_tokens"))
        .with_cached_input_tokens(count("/usage/prompt_tokens_details/cached_tokens"))
        .with_reasoning_tokens(count("/usage/completion_tokens_details/reasoning_tokens"));
    (!tool_calls.is_empty()).then(|| ChatResponse {
        text: text("content").unwrap_or_default(),
        reasoning: text("reasoning").or_else(|| text("reasoning_content")),
        ..ChatResponse::tool_calls(tool_calls).with_usage(usage)
    })
}

fn openai_tool_call((index, call): (usize, &Value)) -> Option<ToolCall> {
    let function = call.get("function")?;
    let name = function.get("name")?.as_str()?;
    let id = call.get("id").and_then(Value::as_str).map_or_else(|| format!("call_{index}"), str::to_owned);
    Some(ToolCall::new(id, name, arguments(function)))
}

/// Returns the arguments of a call: as JSON, or as text if they are none.
fn arguments(call: &Value) -> Value {
    match call.get("arguments") {
        Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        other => other.cloned().unwrap_or_default(),
    }
}
