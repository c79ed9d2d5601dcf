//! Size of requests.

use super::{Api, MAX_BODY};
use crate::Refusal;

/// Refuses a body that is larger than the API, or the context of the model in tokens, allows.
pub(super) fn check(api: Api, size: usize, context: Option<usize>) -> Result<(), Refusal> {
    const LIMITS: &str = "https://platform.claude.com/docs/en/api/errors";
    if api == Api::Anthropic && size > MAX_BODY {
        return Err(Refusal::new("Request exceeds the maximum size", LIMITS).status(413));
    }
    let tokens = size.div_ceil(4);
    let Some(limit) = context.filter(|limit| tokens > *limit) else { return Ok(()) };
    Err(match api {
        Api::OpenAiChat | Api::AzureChat => {
            let message = format!(
                "This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
            );
            Refusal::new(message, "https://platform.openai.com/docs/guides/error-codes")
                .at("messages")
                .code("context_length_exceeded")
        }
        Api::OpenAiResponses => {
            let message =
                "Your input exceeds the context window of this model. Please adjust your input and try again.";
            Refusal::new(message, "https://platform.openai.com/docs/guides/conversation-state")
                .at("input")
                .code("context_length_exceeded")
        }
        Api::Anthropic => {
            let message = format!("prompt is too long: {tokens} tokens > {limit} maximum");
            Refusal::new(message, "https://platform.claude.com/docs/en/build-with-claude/context-windows")
        }
        Api::Gemini => {
            let message =
                format!("The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit}).");
            Refusal::new(message, "https://ai.google.dev/gemini-api/docs/tokens")
        }
    })
}
