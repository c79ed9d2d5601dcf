//! Conversion of a [`ChatRequest`] into the request of a provider.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use genai::Headers;
use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage as Message, ChatOptions, ChatRequest as Request, ContentPart as Part, JsonSpec, MessageContent,
    ReasoningEffort as Effort, Tool, ToolCall as Call, ToolChoice as Choice, ToolName, ToolResponse,
};
use serde_json::{Map, Value, json};

use super::call_ids;
use super::conversation;
use super::decode::ProviderState;
use super::shape::Shape;
use crate::{Blob, ChatMessage, ChatRequest, ContentPart, ToolCall, ToolChoice, ToolSpec};

pub(super) fn request(kind: AdapterKind, request: &ChatRequest) -> Request {
    let messages = call_ids::paired(&request.messages, kind == AdapterKind::Gemini);
    let messages = if conversation::is_strict(kind) { conversation::complete(messages) } else { messages };
    let mut tools: Vec<_> = request.tools.iter().map(|spec| tool(kind, spec)).collect();
    if tools.is_empty() && conversation::is_strict(kind) {
        tools.extend(conversation::called_tools(&messages).iter().map(|spec| tool(kind, spec)));
    }
    let mut out = Request::new(messages.into_iter().map(|message| self::message(kind, message)).collect());
    if !request.system.is_empty() {
        out.system = Some(request.system.clone());
    }
    if !tools.is_empty() {
        out.tools = Some(tools);
    }
    out
}

fn tool(kind: AdapterKind, spec: &ToolSpec) -> Tool {
    let mut tool = Tool::new(ToolName::Custom(spec.name.clone()))
        .with_description(spec.description.clone())
        .with_schema(spec.parameters.clone());
    // The Responses API is strict by default, and makes all arguments required.
    tool.strict = (kind == AdapterKind::OpenAIResp).then_some(false);
    tool
}

/// Returns the header with the idempotency key, for servers that recognize repeated requests.
pub(super) fn idempotency_header(request: &ChatRequest) -> Headers {
    let key = request.idempotency_key.as_ref();
    // The key can contain the name of an agent, and headers are ASCII.
    key.map(|key| Headers::from(("idempotency-key", key.escape_default().to_string()))).unwrap_or_default()
}

pub(super) fn options(
    kind: AdapterKind,
    request: &ChatRequest,
    shape: &Shape,
    extra_body: &Map<String, Value>,
) -> ChatOptions {
    let choice = match shape.tool_choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(Choice::None),
        ToolChoice::Required => Some(Choice::Required),
    };
    let mut body = extra_body.clone();
    let mut max_tokens = shape.max_tokens;
    if shape.is_completion_limit
        && let Some(tokens) = max_tokens.take()
    {
        body.insert("max_completion_tokens".to_owned(), json!(tokens));
    }
    ChatOptions {
        temperature: shape.temperature,
        max_tokens,
        stop_sequences: shape.stop_sequences.clone(),
        seed: shape.seed,
        reasoning_effort: effort(kind, shape.effort.clone()),
        // Some providers reject a request for the reasoning of a model that does not reason.
        capture_reasoning_content: shape.effort.is_some().then_some(shape.asks_for_reasoning),
        tool_choice: choice,
        response_format: request
            .response_format
            .as_ref()
            .map(|format| JsonSpec::new(format.name.clone(), format.schema.clone()).into()),
        capture_raw_body: Some(true),
        extra_body: (!body.is_empty()).then(|| body.into()),
        ..ChatOptions::default()
    }
}

fn effort(kind: AdapterKind, effort: Option<Effort>) -> Option<Effort> {
    // If no effort is set, genai reads the suffix of a name such as `mistral-medium` as an effort and removes it. A budget of 0 leaves the
    // name as it is and adds nothing to requests of the OpenAI kind.
    let is_openai = matches!(kind, AdapterKind::OpenAI | AdapterKind::OpenAIResp);
    effort.or_else(|| is_openai.then_some(Effort::Budget(0)))
}

fn message(kind: AdapterKind, message: ChatMessage) -> Message {
    match message {
        ChatMessage::User(parts) => {
            Message::user(MessageContent::from_parts(parts.into_iter().map(content_part).collect::<Vec<_>>()))
        }
        ChatMessage::Assistant { text, tool_calls, provider_state } => {
            let state = provider_state.as_ref().and_then(|state| ProviderState::read(kind, state));
            Message::assistant(if let Some(state) = state {
                with_calls(state, tool_calls)
            } else {
                let text = (!text.is_empty()).then_some(Part::Text(text));
                let calls = tool_calls.into_iter().map(|requested| Part::ToolCall(call(requested)));
                MessageContent::from_parts(text.into_iter().chain(calls).collect::<Vec<_>>())
            })
        }
        ChatMessage::Tools(results) => {
            let results = results
                .into_iter()
                .map(|result| ToolResponse::new(result.call_id, result.text).with_fn_name(result.name));
            Message::tool(MessageContent::from_tool_responses(results.collect()))
        }
    }
}

/// Returns the message of a provider with the ids, names and arguments of `calls`, which are valid.
fn with_calls(mut content: MessageContent, calls: Vec<ToolCall>) -> MessageContent {
    let mut calls = calls.into_iter();
    for part in &mut content {
        if let Part::ToolCall(own) = part
            && let Some(requested) = calls.next()
        {
            *own = Call { thought_signatures: own.thought_signatures.take(), ..call(requested) };
        }
    }
    content
}

fn content_part(part: ContentPart) -> Part {
    match part {
        ContentPart::Text(text) => Part::Text(text),
        ContentPart::Image(blob) | ContentPart::Audio(blob) | ContentPart::Document(blob) => binary(blob),
    }
}

fn binary(Blob { mime_type, name, bytes }: Blob) -> Part {
    Part::from_binary_base64(mime_type, BASE64_STANDARD.encode(&bytes), name)
}

fn call(call: ToolCall) -> Call {
    Call {
        call_id: call.id,
        fn_name: call.name,
        // Providers reject a conversation with arguments that are not an object. The result tells the model about them, and a model would
        // imitate broken arguments that it sees.
        fn_arguments: if call.arguments.is_object() { call.arguments } else { json!({}) },
        thought_signatures: None,
    }
}
