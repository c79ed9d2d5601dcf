//! What a model is asked.

use std::fmt;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ToolCall;

/// A conversation so far, and how its next message should be made.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatRequest {
    /// What the model should know before the conversation begins; empty for nothing.
    pub system: String,
    /// The conversation, oldest message first.
    pub messages: Vec<ChatMessage>,
    /// The tools that the model may ask for.
    pub tools: Vec<ToolSpec>,
    /// Whether it may.
    pub tool_choice: ToolChoice,
    /// How the answer is made.
    pub parameters: ModelParameters,
    /// The shape that the answer must have, where it must have one.
    pub format: Option<ResponseFormat>,
    /// Names the call, the same when it is made again, for providers that can recognise a repeat.
    pub idempotency_key: Option<String>,
}

impl ChatRequest {
    /// A conversation, with nothing else set.
    pub fn new(messages: impl IntoIterator<Item = ChatMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }

    /// Sets what the model should know before the conversation begins.
    pub fn system(mut self, system: impl Into<String>) -> Self {
        self.system = system.into();
        self
    }
}

/// Shows how much there is, and none of the words.
impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatRequest")
            .field("messages", &self.messages.len())
            .field("tools", &self.tools.iter().map(|tool| &tool.name).collect::<Vec<_>>())
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// A message of a conversation.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ChatMessage {
    /// What the user said.
    User(Vec<ContentPart>),
    /// What the model said.
    Assistant {
        /// Its words.
        text: String,
        /// The tools that it asked for. Their results come in the next message.
        tool_calls: Vec<ToolCall>,
        /// What its provider wants to have back with it: see [`ChatResponse::provider_state`](crate::ChatResponse::provider_state).
        provider_state: Option<Value>,
    },
    /// What came of the tools that the model asked for, one for each call.
    Tools(Vec<ToolResult>),
}

impl ChatMessage {
    /// Words of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(vec![ContentPart::Text(text.into())])
    }

    /// Words of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant { text: text.into(), tool_calls: Vec::new(), provider_state: None }
    }
}

/// Shows the role alone.
impl fmt::Debug for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User(_) => "User(..)",
            Self::Assistant { .. } => "Assistant(..)",
            Self::Tools(_) => "Tools(..)",
        })
    }
}

/// A part of what a user said.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ContentPart {
    /// Words.
    Text(String),
    /// A picture.
    Image(Blob),
    /// A sound.
    Audio(Blob),
    /// A document.
    Document(Blob),
}

/// Shows the kind alone.
impl fmt::Debug for ContentPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::Image(blob) => f.debug_tuple("Image").field(blob).finish(),
            Self::Audio(blob) => f.debug_tuple("Audio").field(blob).finish(),
            Self::Document(blob) => f.debug_tuple("Document").field(blob).finish(),
        }
    }
}

/// A medium as a model gets it.
#[derive(Clone, PartialEq)]
pub struct Blob {
    /// Its MIME type, without parameters.
    pub mime_type: String,
    /// Its file name, if it has one.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("mime_type", &self.mime_type)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// What came of a tool that the model asked for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call, as [`ToolCall::id`] names it.
    pub call_id: String,
    /// The tool's name.
    pub name: String,
    /// What the model gets to read.
    pub text: String,
}

impl fmt::Debug for ToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolResult").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A tool as a model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name: 1 to 64 ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// What it does and when to use it, for the model.
    pub description: String,
    /// A JSON schema of its arguments, which are an object.
    pub parameters: Value,
}

/// Whether a model may ask for tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ToolChoice {
    /// As it sees fit.
    #[default]
    Auto,
    /// It must not.
    None,
    /// It must ask for one at least.
    Required,
}

/// How an answer is made. What is not set is left to the provider.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelParameters {
    /// How much chance there is in the words; 0 for least, usually up to 1 or 2.
    pub temperature: Option<f64>,
    /// The longest answer, in tokens, those of reasoning included.
    pub max_tokens: Option<u32>,
    /// Words at which the answer ends.
    pub stop_sequences: Vec<String>,
    /// The same seed makes the same answer more likely, where a provider knows seeds.
    pub seed: Option<u64>,
    /// How much the model thinks before it answers, where it can.
    pub reasoning_effort: Option<ReasoningEffort>,
}

/// How much a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all, where that can be chosen.
    Off,
    /// A little.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
}

/// The shape that an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseFormat {
    /// A name for it: ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// A JSON schema.
    pub schema: Value,
}
