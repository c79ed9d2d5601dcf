//! Request to a model.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ChatMessage;

/// Request for the next message of a conversation.
///
/// ```
/// use waxwing_llm::{ChatMessage, ChatModel as _, ChatRequest, ModelParameters, ScriptedModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_llm::ModelError> {
/// let model = ScriptedModel::new(["Four."]);
/// let request = ChatRequest::new([ChatMessage::user("What is two plus two?")])
///     .with_system("Answer in one word.")
///     .with_parameters(ModelParameters::default().with_temperature(0.0).with_max_tokens(10));
/// assert_eq!(model.chat(&request).await?.text, "Four.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatRequest {
    /// System prompt. Empty for none.
    pub system: String,
    /// Messages, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Tools that the model may call.
    pub tools: Vec<ToolSpec>,
    /// Whether the model may, must or must not call tools.
    pub tool_choice: ToolChoice,
    /// Sampling and output settings.
    pub parameters: ModelParameters,
    /// JSON format that the response must follow. `None` for free text.
    pub response_format: Option<ResponseFormat>,
    /// Key of the conversation, for providers that find the start of a request in their cache by a key. It holds no personal data.
    pub cache_key: Option<String>,
    /// Idempotency key. A repeated request has the same key, so a provider that supports keys can recognize the repetition.
    pub idempotency_key: Option<String>,
}

impl ChatRequest {
    /// Creates a request with these messages, oldest first, and defaults for the rest.
    pub fn new(messages: impl IntoIterator<Item = ChatMessage>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }

    /// Sets the system prompt.
    pub fn with_system(mut self, system: impl Into<String>) -> Self {
        self.system = system.into();
        self
    }

    /// Sets the tools that the model may call.
    pub fn with_tools(mut self, tools: impl IntoIterator<Item = ToolSpec>) -> Self {
        self.tools = tools.into_iter().collect();
        self
    }

    /// Sets the sampling and output settings.
    pub fn with_parameters(mut self, parameters: ModelParameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Extends the idempotency key, for a request that differs from the one with the key before: a server that knows that key would repeat its
    /// response.
    pub(crate) fn extend_key(&mut self, suffix: &str) {
        if let Some(key) = &mut self.idempotency_key {
            key.push(':');
            key.push_str(suffix);
        }
    }
}

/// Prints the number of messages, the tool names and the parameters.
impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatRequest")
            .field("messages", &self.messages.len())
            .field("tools", &self.tools.iter().map(|tool| &tool.name).collect::<Vec<_>>())
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// Description of a tool for a model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolSpec {
    /// Name: 1 to 64 ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// Tells the model what the tool does and when to use it.
    pub description: String,
    /// JSON schema of the arguments, which are an object.
    pub parameters: Value,
}

impl ToolSpec {
    /// Creates a description. `name` has 1 to 64 ASCII letters, digits, `_` and `-`; `parameters` is a JSON schema of type `object`.
    pub fn new(name: impl Into<String>, description: impl Into<String>, parameters: Value) -> Self {
        Self { name: name.into(), description: description.into(), parameters }
    }
}

/// Whether a model may call tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// The model must not call tools.
    None,
    /// The model must call at least one tool.
    Required,
}

/// Sampling and output settings of a model. A setting that is not set has the provider's default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelParameters {
    /// Sampling temperature. 0 gives the most predictable output; the maximum is 1 or 2, depending on the provider.
    pub temperature: Option<f64>,
    /// Maximum length of the output in tokens, including reasoning tokens.
    pub max_tokens: Option<u32>,
    /// Strings that end the output when the model produces one of them.
    pub stop_sequences: Vec<String>,
    /// Seed for sampling. Equal requests with the same seed tend to give the same output, if the provider supports seeds.
    pub seed: Option<u64>,
    /// How much the model reasons before it answers: `off`, `low`, `medium` or `high`. Only for models that support reasoning.
    pub reasoning_effort: Option<ReasoningEffort>,
}

impl ModelParameters {
    /// Sets the sampling temperature, from 0 to 1 or 2, depending on the provider.
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets the maximum length of the output in tokens, including reasoning tokens.
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Adds a string that ends the output when the model produces it.
    pub fn with_stop_sequence(mut self, sequence: impl Into<String>) -> Self {
        self.stop_sequences.push(sequence.into());
        self
    }

    /// Sets the seed for sampling.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how much the model reasons before it answers.
    pub fn with_reasoning_effort(mut self, effort: ReasoningEffort) -> Self {
        self.reasoning_effort = Some(effort);
        self
    }
}

/// How much a model reasons before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// No reasoning, if the model allows that.
    Off,
    /// Little reasoning.
    Low,
    /// Medium reasoning.
    Medium,
    /// Much reasoning.
    High,
}

/// JSON format that a response must follow.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ResponseFormat {
    /// Name of the format: ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// JSON schema.
    pub schema: Value,
}

impl ResponseFormat {
    /// Creates a format. `name` has ASCII letters, digits, `_` and `-`.
    pub fn new(name: impl Into<String>, schema: Value) -> Self {
        Self { name: name.into(), schema }
    }
}
