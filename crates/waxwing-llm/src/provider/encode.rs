//! Conversion of a [`ChatRequest`] into the request of a provider.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use genai::Headers;
use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage as Message, ChatOptions, ChatRequest as Request, ContentPart as Part, JsonSpec, MessageContent,
    ReasoningEffort as Effort, Tool, ToolCall as Call, ToolChoice as Choice, ToolName, ToolResponse,
};
use serde_json::{Value, json};

use super::decode::ProviderState;
use crate::{Blob, ChatMessage, ChatRequest, ContentPart, ReasoningEffort, ToolCall, ToolChoice, ToolSpec};

pub(super) fn request(kind: AdapterKind, request: &ChatRequest) -> Request {
    let mut answers = 0;
    let messages = request.messages.iter().map(|message| {
        answers += usize::from(matches!(message, ChatMessage::Assistant { .. }));
        self::message(kind, answers, message)
    });
    let mut out = Request::new(messages.collect());
    if !request.system.is_empty() {
        out.system = Some(request.system.clone());
    }
    if !request.tools.is_empty() {
        out.tools = Some(request.tools.iter().map(tool).collect());
    }
    out
}

fn tool(spec: &ToolSpec) -> Tool {
    Tool::new(ToolName::Custom(spec.name.clone()))
        .with_description(spec.description.clone())
        .with_schema(spec.parameters.clone())
}

/// Returns the header with the idempotency key, for servers that recognize repeated requests.
pub(super) fn headers(request: &ChatRequest) -> Headers {
    let key = request.idempotency_key.as_ref();
    // The key can contain the name of an agent, and headers are ASCII.
    key.map(|key| Headers::from(("Idempotency-Key", key.escape_default().to_string()))).unwrap_or_default()
}

pub(super) fn options(kind: AdapterKind, request: &ChatRequest, headers: Headers) -> ChatOptions {
    let parameters = &request.parameters;
    let choice = match request.tool_choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(Choice::None),
        ToolChoice::Required => Some(Choice::Required),
    };
    ChatOptions {
        temperature: parameters.temperature,
        max_tokens: parameters.max_tokens,
        stop_sequences: parameters.stop_sequences.clone(),
        seed: parameters.seed,
        reasoning_effort: effort(kind, parameters.reasoning_effort),
        // Some providers reject a request for the reasoning of a model that does not reason.
        capture_reasoning_content: parameters.reasoning_effort.map(|effort| effort != ReasoningEffort::Off),
        normalize_reasoning_content: Some(true),
        tool_choice: choice.filter(|_| !request.tools.is_empty()),
        response_format: request
            .response_format
            .as_ref()
            .map(|format| JsonSpec::new(format.name.clone(), format.schema.clone()).into()),
        capture_raw_body: Some(true),
        extra_headers: Some(headers),
        ..ChatOptions::default()
    }
}

fn effort(kind: AdapterKind, effort: Option<ReasoningEffort>) -> Option<Effort> {
    match effort {
        Some(ReasoningEffort::Off) => Some(Effort::Zero),
        Some(ReasoningEffort::Low) => Some(Effort::Low),
        Some(ReasoningEffort::Medium) => Some(Effort::Medium),
        Some(ReasoningEffort::High) => Some(Effort::High),
        // If no effort is set, genai reads the suffix of a name such as `mistral-medium` as an effort and removes it. A budget of 0 leaves
        // the name as it is and adds nothing to requests of the OpenAI kind.
        None if kind == AdapterKind::OpenAI => Some(Effort::Budget(0)),
        None => None,
    }
}

/// Converts a message. `answers` is the number of model messages up to and including this one.
fn message(kind: AdapterKind, answers: usize, message: &ChatMessage) -> Message {
    match message {
        ChatMessage::User(parts) => {
            Message::user(MessageContent::from_parts(parts.iter().map(content_part).collect::<Vec<_>>()))
        }
        ChatMessage::Assistant { text, tool_calls, provider_state } => {
            let state = provider_state.as_ref().and_then(|state| ProviderState::read(kind, state));
            Message::assistant(state.unwrap_or_else(|| {
                let text = (!text.is_empty()).then(|| Part::Text(text.clone()));
                let calls = tool_calls
                    .iter()
                    .map(|requested| Part::ToolCall(call(call_id(kind, answers, &requested.id), requested)));
                MessageContent::from_parts(text.into_iter().chain(calls).collect::<Vec<_>>())
            }))
        }
        ChatMessage::Tools(results) => {
            let results = results.iter().map(|result| {
                ToolResponse::new(call_id(kind, answers, &result.call_id), result.text.clone())
                    .with_fn_name(result.name.clone())
            });
            Message::tool(MessageContent::from_tool_responses(results.collect()))
        }
    }
}

fn content_part(part: &ContentPart) -> Part {
    match part {
        ContentPart::Text(text) => Part::Text(text.clone()),
        ContentPart::Image(blob) | ContentPart::Audio(blob) | ContentPart::Document(blob) => binary(blob),
    }
}

fn binary(blob: &Blob) -> Part {
    Part::from_binary_base64(blob.mime_type.clone(), BASE64_STANDARD.encode(&blob.bytes), blob.name.clone())
}

/// Returns the id of a call as this provider accepts it.
///
/// Gemini has no call ids. genai invents ids that repeat in every message and contain characters that other providers reject, so a fallback
/// provider gets unique ids.
fn call_id(kind: AdapterKind, answers: usize, id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if kind == AdapterKind::Gemini || id.chars().all(is_plain) {
        return id.to_owned();
    }
    format!("call_{answers}_{}", id.replace(|c| !is_plain(c), "_"))
}

fn call(call_id: String, call: &ToolCall) -> Call {
    Call {
        call_id,
        fn_name: call.name.clone(),
        // Providers reject a conversation with arguments that are not an object.
        fn_arguments: match &call.arguments {
            arguments @ Value::Object(_) => arguments.clone(),
            Value::Null => json!({}),
            other => json!({ "unreadable": other }),
        },
        thought_signatures: None,
    }
}
