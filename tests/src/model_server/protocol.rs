//! Wire formats of the providers.

use serde_json::{Value, json};
use waxwing::llm::{OpenAiApi, Provider};

/// Protocol of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderProtocol {
    /// [OpenAI's](https://platform.openai.com/docs/api-reference/chat) protocol, which many providers use.
    OpenAi,
    /// [Anthropic's](https://docs.anthropic.com/en/api/messages) protocol.
    Anthropic,
    /// [Google's](https://ai.google.dev/api/generate-content) protocol.
    Gemini,
}

impl ProviderProtocol {
    /// All protocols.
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Anthropic, Self::Gemini];

    pub(super) fn provider(self, api_key: &str) -> Provider {
        match self {
            Self::OpenAi => Provider::openai(api_key).api(OpenAiApi::Chat),
            Self::Anthropic => Provider::anthropic(api_key),
            Self::Gemini => Provider::gemini(api_key),
        }
    }

    pub(super) fn is_path(self, path: &str) -> bool {
        match self {
            Self::OpenAi => path == "/v1/chat/completions",
            Self::Anthropic => path == "/v1/messages",
            Self::Gemini => path.starts_with("/v1/models/") && path.ends_with(":generateContent"),
        }
    }

    /// Returns a reply with a text. An empty text gives a reply without parts.
    pub(super) fn says(self, words: &str) -> Value {
        let parts = |part: Value| if words.is_empty() { json!([]) } else { json!([part]) };
        match self {
            Self::OpenAi => openai(&json!({"role": "assistant", "content": words}), "stop"),
            Self::Anthropic => anthropic(&parts(json!({"type": "text", "text": words})), "end_turn"),
            Self::Gemini => gemini(&parts(json!({"text": words}))),
        }
    }

    /// Returns a reply with reasoning and a text.
    pub(super) fn thinks(self, thoughts: &str, words: &str) -> Value {
        match self {
            Self::OpenAi => {
                let message = json!({"role": "assistant", "content": words, "reasoning_content": thoughts});
                openai(&message, "stop")
            }
            Self::Anthropic => {
                let thinking = json!({"type": "thinking", "thinking": thoughts, "signature": "sig"});
                anthropic(&json!([thinking, {"type": "text", "text": words}]), "end_turn")
            }
            Self::Gemini => gemini(&json!([{"text": thoughts, "thought": true}, {"text": words}])),
        }
    }

    /// Returns a reply with tool calls.
    pub(super) fn calls(self, calls: &[(String, Value)]) -> Value {
        let each = |make: fn(String, &str, &Value) -> Value| {
            calls.iter().zip(1..).map(|((name, arguments), nth)| make(format!("c{nth}"), name, arguments)).collect()
        };
        match self {
            Self::OpenAi => {
                let calls: Value = each(
                    |id, name, arguments| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}}),
                );
                openai(&json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls")
            }
            Self::Anthropic => {
                let calls = each(|id, name, input| json!({"type": "tool_use", "id": id, "name": name, "input": input}));
                anthropic(&calls, "tool_use")
            }
            Self::Gemini => gemini(&each(|_, name, args| json!({"functionCall": {"name": name, "args": args}}))),
        }
    }
}

fn openai(message: &Value, finish: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28}
    })
}

fn anthropic(content: &Value, stop: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content, "stop_reason": stop,
        "usage": {"input_tokens": 20, "output_tokens": 8}
    })
}

fn gemini(parts: &Value) -> Value {
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 20, "candidatesTokenCount": 8, "totalTokenCount": 28}
    })
}
