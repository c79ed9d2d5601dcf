//! Conversion of a [`ChatRequest`] into the body of a Converse request:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use genai::chat::ReasoningEffort as Effort;
use serde_json::{Map, Value, json};

use super::decode::{state_blocks, tool_call};
use crate::provider::family::Claude;
use crate::provider::profile::thinking_budget;
use crate::provider::shape::Shape;
use crate::provider::{call_ids, conversation};
use crate::{Blob, ChatMessage, ChatRequest, ContentPart, ToolCall, ToolChoice, ToolSpec};

/// Replaces a file that the API has no format for.
const UNKNOWN_FORMAT: &str = "(a file in a format that cannot be read)";

/// Returns the body of a request to a model.
pub(super) fn body(model: &str, request: &ChatRequest, shape: &Shape) -> Value {
    let messages = conversation::complete(call_ids::paired(&request.messages, false));
    let mut tools = request.tools.clone();
    if tools.is_empty() {
        tools = conversation::called_tools(&messages);
    }
    let mut body = Map::new();
    let schema = request.response_format.as_ref().map(|format| schema_instruction(&format.schema));
    let system: Vec<_> = [request.system.clone()].into_iter().chain(schema).filter(|text| !text.is_empty()).collect();
    if !system.is_empty() {
        let blocks: Vec<_> = system.iter().map(|text| json!({ "text": text })).collect();
        body.insert("system".to_owned(), blocks.into());
    }
    if !tools.is_empty() {
        body.insert("toolConfig".to_owned(), tool_config(model, &tools, shape.tool_choice));
    }
    body.insert("messages".to_owned(), alternating(messages).into());
    let reasoning = shape.effort.as_ref().and_then(|effort| reasoning(model, effort));
    let inference = inference_config(shape);
    if !inference.is_empty() {
        body.insert("inferenceConfig".to_owned(), inference.into());
    }
    if let Some(reasoning) = reasoning {
        body.insert("additionalModelRequestFields".to_owned(), reasoning);
    }
    body.into()
}

/// Returns the instruction to answer in a format. The models of Bedrock have no common parameter for it.
fn schema_instruction(schema: &Value) -> String {
    format!("Answer with JSON that matches this JSON schema and nothing else:\n{schema}")
}

fn tool_config(model: &str, tools: &[ToolSpec], choice: ToolChoice) -> Value {
    let tools: Vec<_> = tools.iter().map(tool).collect();
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
    if choice == ToolChoice::Required && (Claude::of(model).is_some() || model.contains("amazon.nova")) {
        return json!({ "tools": tools, "toolChoice": { "any": {} } });
    }
    json!({ "tools": tools })
}

fn tool(spec: &ToolSpec) -> Value {
    let schema = json!({ "json": spec.parameters });
    json!({ "toolSpec": { "name": spec.name, "description": spec.description, "inputSchema": schema } })
}

fn inference_config(shape: &Shape) -> Map<String, Value> {
    let mut config = Map::new();
    if let Some(tokens) = shape.max_tokens {
        config.insert("maxTokens".to_owned(), tokens.into());
    }
    if let Some(temperature) = shape.temperature {
        config.insert("temperature".to_owned(), temperature.into());
    }
    if !shape.stop_sequences.is_empty() {
        config.insert("stopSequences".to_owned(), shape.stop_sequences.clone().into());
    }
    config
}

/// Returns the fields with which a family sets its effort of reasoning.
fn reasoning(model: &str, effort: &Effort) -> Option<Value> {
    let name = match effort {
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        _ => return model.contains("openai.").then(|| json!({ "reasoning": { "effort": "none" } })),
    };
    if Claude::of(model).is_some() {
        return Some(json!({ "thinking": { "type": "enabled", "budget_tokens": thinking_budget(effort) } }));
    }
    if model.contains("amazon.nova-2") {
        let config = json!({ "type": "enabled", "maxReasoningEffort": name });
        return Some(json!({ "inferenceConfig": { "reasoningConfig": config } }));
    }
    model.contains("openai.").then(|| json!({ "reasoning": { "effort": name } }))
}

/// Returns the messages. Messages of the same role become one, because the roles must alternate:
/// <https://github.com/Portkey-AI/gateway/issues/748>
fn alternating(messages: Vec<ChatMessage>) -> Vec<Value> {
    let mut documents = 0;
    let mut out: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let (role, blocks) = match message {
            ChatMessage::User(parts) => ("user", parts.into_iter().map(|part| user(part, &mut documents)).collect()),
            ChatMessage::Assistant { text, tool_calls, provider_state } => {
                let blocks = match provider_state.as_ref().and_then(state_blocks) {
                    Some(blocks) => with_calls(blocks, tool_calls),
                    None => assistant(&text, tool_calls),
                };
                ("assistant", blocks)
            }
            ChatMessage::Tools(results) => {
                let result = |id: String, text: String| {
                    let text = if text.trim().is_empty() { conversation::NO_TEXT.to_owned() } else { text };
                    json!({ "toolResult": { "toolUseId": id, "content": [{ "text": text }] } })
                };
                ("user", results.into_iter().map(|each| result(each.call_id, each.text)).collect())
            }
        };
        match out.last_mut() {
            Some((last, earlier)) if *last == role => earlier.extend(blocks),
            _ => out.push((role, blocks)),
        }
    }
    out.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

fn user(part: ContentPart, documents: &mut u32) -> Value {
    let block = match part {
        ContentPart::Text(text) => return json!({ "text": text }),
        ContentPart::Image(blob) => image_format(&blob.mime_type)
            .map(|format| json!({ "image": { "format": format, "source": source(&blob) } })),
        ContentPart::Document(blob) => document_format(&blob.mime_type).map(|format| {
            *documents += 1;
            // The name of the file could hold instructions for the model:
            // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
            let name = format!("document-{documents}");
            json!({ "document": { "format": format, "name": name, "source": source(&blob) } })
        }),
        ContentPart::Audio(_) => None,
    };
    block.unwrap_or_else(|| json!({ "text": UNKNOWN_FORMAT }))
}

fn source(blob: &Blob) -> Value {
    json!({ "bytes": BASE64_STANDARD.encode(&blob.bytes) })
}

fn image_format(mime_type: &str) -> Option<&str> {
    match mime_type {
        "image/jpeg" | "image/jpg" => Some("jpeg"),
        "image/png" | "image/gif" | "image/webp" => mime_type.strip_prefix("image/"),
        _ => None,
    }
}

fn document_format(mime_type: &str) -> Option<&'static str> {
    Some(match mime_type {
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/markdown" => "md",
        "text/plain" => "txt",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        _ => return None,
    })
}

fn assistant(text: &str, calls: Vec<ToolCall>) -> Vec<Value> {
    let text = (!text.trim().is_empty()).then(|| json!({ "text": text }));
    let calls = calls.into_iter().map(|call| json!({ "toolUse": tool_use(call) }));
    text.into_iter().chain(calls).collect()
}

/// Returns the blocks of a message with the ids, names and arguments of `calls`, which are valid. Calls that were not read, and texts that the
/// API refuses because they are blank, are left out: <https://github.com/continuedev/continue/issues/9767>
fn with_calls(mut blocks: Vec<Value>, calls: Vec<ToolCall>) -> Vec<Value> {
    let is_blank =
        |block: &Value| block.get("text").is_some_and(|text| text.as_str().unwrap_or_default().trim().is_empty());
    blocks.retain(|block| !is_blank(block) && block.get("toolUse").is_none_or(|call| tool_call(call).is_some()));
    let mut calls = calls.into_iter();
    for own in blocks.iter_mut().filter_map(|block| block.get_mut("toolUse")) {
        if let Some(call) = calls.next() {
            *own = tool_use(call);
        }
    }
    blocks
}

fn tool_use(call: ToolCall) -> Value {
    // The API takes an object only. The result tells the model about broken arguments.
    let input = if call.arguments.is_object() { call.arguments } else { json!({}) };
    json!({ "toolUseId": call.id, "name": call.name, "input": input })
}
