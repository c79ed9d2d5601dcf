//! A provider's answer, in our words.

use genai::adapter::AdapterKind;
use genai::chat::{ChatResponse as Response, MessageContent, StopReason as Stop};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors;
use crate::{ChatResponse, ModelError, StopReason, TokenUsage, ToolCall};

/// A message as its provider wants to have it back. Other providers would refuse it.
#[derive(Serialize, Deserialize)]
pub(super) struct ProviderState {
    of: String,
    content: MessageContent,
}

impl ProviderState {
    /// The message, if it is one of this provider's.
    pub(super) fn read(kind: AdapterKind, state: &Value) -> Option<MessageContent> {
        let state = Self::deserialize(state).ok()?;
        (state.of == kind.as_str()).then_some(state.content)
    }
}

pub(super) fn response(kind: AdapterKind, mut response: Response) -> Result<ChatResponse, ModelError> {
    // genai makes an empty answer of an object that is none, such as an error sent with status 200.
    let raw = response.captured_raw_body.take().unwrap_or_default();
    if kind == AdapterKind::OpenAI && raw.pointer("/choices/0/message").is_none() {
        return Err(errors::unreadable(&raw));
    }
    let tool_calls: Vec<_> = response.content.tool_calls().into_iter().map(tool_call).collect();
    let stop = match &response.stop_reason {
        Some(Stop::MaxTokens(_)) => StopReason::MaxTokens,
        Some(Stop::ContentFilter(_)) => StopReason::Refused,
        _ if !tool_calls.is_empty() => StopReason::ToolCalls,
        Some(Stop::Completed(_) | Stop::StopSequence(_)) => StopReason::End,
        _ => StopReason::Other,
    };
    Ok(ChatResponse {
        text: response.content.texts().concat(),
        reasoning: response.reasoning_content.clone().filter(|reasoning| !reasoning.is_empty()),
        stop,
        usage: usage(&response.usage),
        provider_state: provider_state(kind, response),
        tool_calls,
    })
}

/// Thoughts belong to the calls that they led to: a provider that signs them wants them back until the calls are answered.
fn provider_state(kind: AdapterKind, response: Response) -> Option<Value> {
    let of = kind.as_str().to_owned();
    let content = response.into_assistant_message_for_tool_use()?.content;
    let is_plain =
        !content.contains_reasoning_content() && !content.contains_thought_signature() && !content.contains_custom();
    if is_plain {
        return None;
    }
    // What cannot be written is rebuilt from the words, without the thoughts.
    serde_json::to_value(ProviderState { of, content }).ok()
}

fn tool_call(call: &genai::chat::ToolCall) -> ToolCall {
    ToolCall::new(call.call_id.clone(), call.fn_name.clone(), call.fn_arguments.clone())
}

fn usage(usage: &genai::chat::Usage) -> TokenUsage {
    let count = |tokens: Option<i32>| u64::try_from(tokens.unwrap_or(0)).unwrap_or(0);
    let reasoning = count(usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens));
    TokenUsage {
        input: count(usage.prompt_tokens),
        cached_input: count(usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens)),
        output: count(usage.completion_tokens).max(reasoning),
        reasoning,
    }
}

/// An answer that genai gives up on, though it is one: arguments of a tool that are no JSON, for the model to mend, and a prompt that Gemini blocks.
pub(super) fn salvaged(kind: AdapterKind, body: &Value) -> Option<ChatResponse> {
    match kind {
        AdapterKind::Gemini => body
            .pointer("/promptFeedback/blockReason")
            .map(|_| ChatResponse { stop: StopReason::Refused, ..ChatResponse::default() }),
        AdapterKind::OpenAI => openai(body),
        _ => None,
    }
}

fn openai(body: &Value) -> Option<ChatResponse> {
    let message = body.pointer("/choices/0/message")?;
    let calls = message.get("tool_calls")?.as_array()?;
    let tool_calls: Vec<_> = calls.iter().enumerate().filter_map(openai_call).collect();
    let count = |path: &str| body.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let text = |name: &str| message.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned());
    (!tool_calls.is_empty()).then(|| ChatResponse {
        text: text("content").unwrap_or_default(),
        reasoning: text("reasoning").or_else(|| text("reasoning_content")),
        stop: StopReason::ToolCalls,
        usage: TokenUsage {
            input: count("/usage/prompt_tokens"),
            cached_input: count("/usage/prompt_tokens_details/cached_tokens"),
            output: count("/usage/completion_tokens"),
            reasoning: count("/usage/completion_tokens_details/reasoning_tokens"),
        },
        provider_state: None,
        tool_calls,
    })
}

fn openai_call((nth, call): (usize, &Value)) -> Option<ToolCall> {
    let function = call.get("function")?;
    let name = function.get("name")?.as_str()?;
    let id = call.get("id").and_then(Value::as_str).map_or_else(|| format!("call_{nth}"), str::to_owned);
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        other => other.cloned().unwrap_or_default(),
    };
    Some(ToolCall::new(id, name, arguments))
}
