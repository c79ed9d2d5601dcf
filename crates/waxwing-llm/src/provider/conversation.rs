//! Rules of a conversation that providers of Anthropic's models enforce.

use std::collections::BTreeSet;

use genai::adapter::AdapterKind;
use serde_json::json;

use crate::{ChatMessage, ContentPart, ToolSpec};

/// First message of the user if the business wrote first.
const BUSINESS_WROTE_FIRST: &str = "(The business wrote first.)";

/// Text of a message without text.
pub(super) const NO_TEXT: &str = "(no text)";

/// Last message of the user if the model continues its own message.
const CONTINUE: &str = "(Continue your last message.)";

/// Returns true for a provider that enforces the rules. Amazon Bedrock does as well, and has an encoder of its own.
pub(super) fn is_strict(kind: AdapterKind) -> bool {
    matches!(kind, AdapterKind::Anthropic | AdapterKind::Vertex)
}

/// Returns the messages so that the first and the last are the user's, and none is empty.
///
/// Rules: <https://platform.claude.com/docs/en/api/messages>, <https://github.com/anthropics/claude-code/issues/59812> (empty texts),
/// <https://github.com/ericc-ch/copilot-api/pull/261> (last message).
pub(super) fn complete(mut messages: Vec<ChatMessage>) -> Vec<ChatMessage> {
    let is_empty = |part: &ContentPart| matches!(part, ContentPart::Text(text) if text.trim().is_empty());
    messages.retain(|message| match message {
        ChatMessage::Assistant { text, tool_calls, provider_state } => {
            !text.trim().is_empty() || !tool_calls.is_empty() || provider_state.is_some()
        }
        _ => true,
    });
    for message in &mut messages {
        if let ChatMessage::User(parts) = message {
            parts.retain(|part| !is_empty(part));
            if parts.is_empty() {
                parts.push(ContentPart::Text(NO_TEXT.to_owned()));
            }
        }
    }
    if matches!(messages.first(), Some(ChatMessage::Assistant { .. })) {
        messages.insert(0, ChatMessage::user(BUSINESS_WROTE_FIRST));
    }
    if matches!(messages.last(), Some(ChatMessage::Assistant { .. })) {
        messages.push(ChatMessage::user(CONTINUE));
    }
    messages
}

/// Returns declarations of the tools that the messages call, for a request without tools. These providers reject calls of tools that the
/// request does not declare at all.
pub(super) fn called_tools(messages: &[ChatMessage]) -> Vec<ToolSpec> {
    let calls = messages.iter().flat_map(|message| match message {
        ChatMessage::Assistant { tool_calls, .. } => tool_calls.as_slice(),
        _ => &[],
    });
    let names: BTreeSet<_> = calls.map(|call| call.name.as_str()).collect();
    let declared = |name: &&str| ToolSpec::new(*name, "Not available now.", json!({ "type": "object" }));
    names.iter().map(declared).collect()
}
