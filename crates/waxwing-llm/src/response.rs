//! What a model answers.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ChatMessage;

/// The next message of a conversation. It can be written down and read back, so that a call is not made twice.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatResponse {
    /// The words for the user.
    #[serde(default)]
    pub text: String,
    /// What the model thought before, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The tools that it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended.
    #[serde(default)]
    pub stop: StopReason,
    /// What it took.
    #[serde(default)]
    pub usage: TokenUsage,
    /// What the provider wants to have back with this message (signatures of its thoughts, for example), in a form of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_state: Option<Value>,
}

impl ChatResponse {
    /// An answer of words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A request for tools.
    pub fn tool_calls(tool_calls: impl IntoIterator<Item = ToolCall>) -> Self {
        Self { tool_calls: tool_calls.into_iter().collect(), stop: StopReason::ToolCalls, ..Self::default() }
    }

    /// Sets what it took.
    pub fn with_usage(mut self, usage: TokenUsage) -> Self {
        self.usage = usage;
        self
    }

    /// Sets what the model thought before.
    pub fn with_reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// Sets why it ended.
    pub fn with_stop_reason(mut self, stop: StopReason) -> Self {
        self.stop = stop;
        self
    }

    /// True if there is nothing in it that anybody could use.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.tool_calls.is_empty()
    }

    /// The answer as a message of the conversation that goes on.
    pub fn to_message(&self) -> ChatMessage {
        ChatMessage::Assistant {
            text: self.text.clone(),
            tool_calls: self.tool_calls.clone(),
            provider_state: self.provider_state.clone(),
        }
    }
}

/// Shows no words.
impl fmt::Debug for ChatResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatResponse")
            .field("tool_calls", &self.tool_calls)
            .field("stop", &self.stop)
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

/// A model's wish to use a tool.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Names the call within its message.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its arguments: an object, or a string of what the model wrote where that was no JSON.
    pub arguments: Value,
}

impl ToolCall {
    /// A wish to use a tool.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: Value) -> Self {
        Self { id: id.into(), name: name.into(), arguments }
    }
}

/// Shows no arguments.
impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All was said.
    #[default]
    End,
    /// The model waits for tools.
    ToolCalls,
    /// It was cut at the limit of tokens.
    MaxTokens,
    /// The model or its provider will not answer that.
    Refused,
    /// A reason that is not known here.
    #[serde(other)]
    Other,
}

/// What an answer took, in tokens; 0 where the provider does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TokenUsage {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Those of the tokens read that the provider still had in a cache.
    pub cached_input: u64,
    /// Tokens written, those of reasoning included.
    pub output: u64,
    /// Those of the tokens written that were reasoning.
    pub reasoning: u64,
}

impl TokenUsage {
    /// So many tokens read and written.
    pub const fn new(input: u64, output: u64) -> Self {
        Self { input, cached_input: 0, output, reasoning: 0 }
    }
}

impl AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.cached_input += other.cached_input;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_response_survives_the_journal() {
        let mut response = ChatResponse::tool_calls([ToolCall::new("c1", "weather", json!({"city": "Vigo"}))])
            .with_reasoning("hm")
            .with_usage(TokenUsage::new(3, 4));
        response.provider_state = Some(json!({"of": "x"}));
        let journaled = serde_json::to_string(&response).unwrap();
        assert_eq!(serde_json::from_str::<ChatResponse>(&journaled).unwrap(), response);
        let later = r#"{"text":"hi","stop":"something new","usage":{"input":1,"more":2}}"#;
        let read: ChatResponse = serde_json::from_str(later).unwrap();
        assert_eq!((read.stop, read.usage), (StopReason::Other, TokenUsage::new(1, 0)));
    }

    #[test]
    fn debug_shows_no_words() {
        let response =
            ChatResponse::tool_calls([ToolCall::new("c1", "pay", json!({"iban": "ES91"}))]).with_reasoning("psst");
        let shown = format!("{response:?} {:?}", response.to_message());
        assert!(!shown.contains("ES91") && !shown.contains("psst"), "{shown}");
    }
}
