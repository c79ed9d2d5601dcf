#![doc = include_str!("../README.md")]

mod agent;
mod cost;
mod digest_key;
mod error;
mod message;
mod modalities;
mod model;
mod output;
mod provider;
mod request;
mod response;
mod schema;
mod structured_output;
mod tag;
mod team;
mod tool;
mod transcriber;

#[cfg(feature = "mcp")]
pub mod mcp;

#[cfg(feature = "test-util")]
mod scripted;

pub use agent::{CannedMessages, HistoryLimit, InvalidAgent, LlmAgent, LlmAgentBuilder, RetryPolicy};
pub use cost::{Price, Prices, RunUsage};
pub use error::{ModelError, ModelErrorKind};
pub use message::{Blob, ChatMessage, ContentPart, ToolCall, ToolResult};
pub use modalities::Modalities;
pub use model::ChatModel;
#[cfg(feature = "bedrock-sigv4")]
pub use provider::AwsCredentials;
pub use provider::{AdjustedParameter, InvalidProvider, OpenAiApi, Provider, ProviderModel, ProviderTranscriber};
pub use request::{ChatRequest, ModelParameters, ReasoningEffort, ResponseFormat, ToolChoice, ToolSpec};
pub use response::{ChatResponse, StopReason, TokenUsage};
pub use structured_output::{Extracted, extract};
pub use team::{Team, TeamBuilder};
pub use tool::{FnTool, RequireApproval, Tool, ToolContext, ToolOutput, ToolSource, conversation, tool};
pub use transcriber::Transcriber;
pub use waxwing_network::NetworkPolicy;

#[cfg(feature = "test-util")]
pub use scripted::{ScriptedModel, ScriptedReply};

/// The JSON schema library of this crate, for its derive macro.
///
/// ```
/// use waxwing_llm::schemars::{self, JsonSchema};
///
/// #[derive(JsonSchema)]
/// struct City {
///     name: String,
/// }
/// ```
pub use schemars;
