//! Marks for the prompt caches of providers.

use genai::adapter::AdapterKind;
use genai::chat::{CacheControl, ChatMessage as Message, ChatOptions, ChatRequest as Request, ChatRole};

use crate::ChatRequest;

/// Marks what the provider should keep in its cache, if the request belongs to a conversation. `is_openai` is true for OpenAI itself: other
/// servers with its API may refuse a parameter that they do not know.
///
/// Anthropic keeps what stands before a mark (<https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>): one mark is after the tools
/// and the system prompt, which all conversations share, and one is after the last message. OpenAI finds the server with the cached start by a
/// key (<https://platform.openai.com/docs/guides/prompt-caching>). Gemini needs no mark.
pub(super) fn mark(
    kind: AdapterKind,
    is_openai: bool,
    request: &ChatRequest,
    encoded: &mut Request,
    options: &mut ChatOptions,
) {
    let Some(key) = &request.cache_key else { return };
    match kind {
        AdapterKind::Anthropic => {
            if let Some(system) = encoded.system.take() {
                encoded.messages.insert(0, Message::system(system).with_options(CacheControl::Ephemeral));
            } else if let Some(tool) = encoded.tools.as_mut().and_then(|tools| tools.last_mut()) {
                tool.cache_control = Some(CacheControl::Ephemeral);
            }
            if let Some(last) = encoded.messages.last_mut().filter(|last| last.role != ChatRole::System) {
                last.options = Some(CacheControl::Ephemeral.into());
            }
        }
        AdapterKind::OpenAI | AdapterKind::OpenAIResp if is_openai => options.prompt_cache_key = Some(key.clone()),
        _ => {}
    }
}
