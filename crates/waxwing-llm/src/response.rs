//! Response of a model.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChatMessage, ToolCall};

/// Response of a model: the next message of a conversation.
///
/// A response can be serialized, so a journal can record it.
///
/// ```
/// use waxwing_llm::{ChatResponse, StopReason, TokenUsage, ToolCall};
///
/// let call = ToolCall::new("call_1", "weather", serde_json::json!({ "city": "Vigo" }));
/// let response = ChatResponse::tool_calls([call]).with_usage(TokenUsage::new(250, 20));
/// assert_eq!(response.stop_reason, StopReason::ToolCalls);
/// let journaled = serde_json::to_string(&response)?;
/// assert_eq!(serde_json::from_str::<ChatResponse>(&journaled)?, response);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatResponse {
    /// Text for the user.
    #[serde(default)]
    pub text: String,
    /// Reasoning of the model, if the provider returns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Tool calls that the model requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why the model stopped.
    #[serde(default)]
    pub stop_reason: StopReason,
    /// Tokens that the request took.
    #[serde(default)]
    pub usage: TokenUsage,
    /// Opaque data that the provider expects back with this message, such as signatures of its reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_state: Option<Value>,
}

impl ChatResponse {
    /// Creates a response with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Creates a response that requests these tool calls. The stop reason is [`StopReason::ToolCalls`].
    pub fn tool_calls(tool_calls: impl IntoIterator<Item = ToolCall>) -> Self {
        Self { tool_calls: tool_calls.into_iter().collect(), stop_reason: StopReason::ToolCalls, ..Self::default() }
    }

    /// Sets the token usage.
    pub fn with_usage(mut self, usage: TokenUsage) -> Self {
        self.usage = usage;
        self
    }

    /// Sets the reasoning.
    pub fn with_reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// Sets the stop reason.
    pub fn with_stop_reason(mut self, stop_reason: StopReason) -> Self {
        self.stop_reason = stop_reason;
        self
    }

    /// Returns true if the response has neither text nor tool calls.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.tool_calls.is_empty()
    }

    /// Returns the response as a message, to append to the conversation.
    pub fn to_message(&self) -> ChatMessage {
        ChatMessage::Assistant {
            text: self.text.clone(),
            tool_calls: self.tool_calls.clone(),
            provider_state: self.provider_state.clone(),
        }
    }
}

/// Prints no text, no reasoning and no arguments.
impl fmt::Debug for ChatResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatResponse")
            .field("tool_calls", &self.tool_calls)
            .field("stop_reason", &self.stop_reason)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The message is complete.
    #[default]
    End,
    /// The model waits for the results of tool calls.
    ToolCalls,
    /// The output reached the token limit.
    MaxTokens,
    /// The model or its provider refused to answer.
    Refused,
    /// A reason that this crate does not know.
    #[serde(other)]
    Other,
}

/// Tokens that a request took. A count is 0 if the provider does not report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TokenUsage {
    /// Input tokens, including cached ones.
    pub input_tokens: u64,
    /// Input tokens that the provider read from its cache.
    pub cached_input_tokens: u64,
    /// Output tokens, including reasoning tokens.
    pub output_tokens: u64,
    /// Output tokens that the model used for reasoning.
    pub reasoning_tokens: u64,
}

impl TokenUsage {
    /// Creates a usage of these many input and output tokens, none of them cached or used for reasoning.
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, cached_input_tokens: 0, output_tokens, reasoning_tokens: 0 }
    }

    /// Sets how many of the input tokens the provider read from its cache.
    pub const fn with_cached_input_tokens(self, cached_input_tokens: u64) -> Self {
        Self { cached_input_tokens, ..self }
    }

    /// Returns the share of the input tokens that the provider read from its cache, from 0 to 1.
    ///
    /// ```
    /// use waxwing_llm::TokenUsage;
    ///
    /// assert_eq!(TokenUsage::new(2000, 100).with_cached_input_tokens(1500).cached_share(), 0.75);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "token counts stay below 2^52")]
    pub fn cached_share(&self) -> f64 {
        if self.input_tokens == 0 { 0.0 } else { self.cached_input_tokens as f64 / self.input_tokens as f64 }
    }

    /// Sets how many of the output tokens the model used for reasoning.
    pub const fn with_reasoning_tokens(self, reasoning_tokens: u64) -> Self {
        Self { reasoning_tokens, ..self }
    }
}

impl AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_input_tokens += other.cached_input_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_response_can_be_written_to_the_journal_and_read_back() {
        let mut response = ChatResponse::tool_calls([ToolCall::new("c1", "weather", json!({"city": "Vigo"}))])
            .with_reasoning("hm")
            .with_usage(TokenUsage::new(3, 4));
        response.provider_state = Some(json!({"of": "x"}));
        let journaled = serde_json::to_string(&response).unwrap();
        assert_eq!(serde_json::from_str::<ChatResponse>(&journaled).unwrap(), response);
        let later = r#"{"text":"hi","stop_reason":"something new","usage":{"input_tokens":1,"more":2}}"#;
        let read: ChatResponse = serde_json::from_str(later).unwrap();
        assert_eq!((read.stop_reason, read.usage), (StopReason::Other, TokenUsage::new(1, 0)));
    }

    #[test]
    fn debug_output_holds_no_text_and_no_arguments() {
        let response =
            ChatResponse::tool_calls([ToolCall::new("c1", "pay", json!({"iban": "ES91"}))]).with_reasoning("psst");
        let shown = format!("{response:?} {:?}", response.to_message());
        assert!(!shown.contains("ES91") && !shown.contains("psst"), "{shown}");
    }
}
