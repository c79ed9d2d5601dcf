#![doc = include_str!("../README.md")]

pub mod agent;
pub mod cost;
pub mod error;
pub mod extract;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod model;
pub mod provider;
pub mod request;
pub mod response;
pub mod team;
pub mod tool;
pub mod transcriber;

#[cfg(feature = "test-util")]
pub mod scripted;

mod schema;

pub use agent::{CannedMessages, HistoryLimit, InvalidAgent, LlmAgent, LlmAgentBuilder, RetryPolicy};
pub use cost::{Price, Prices, RunUsage};
pub use error::{ModelError, ModelErrorKind};
pub use extract::{Extracted, extract};
#[cfg(feature = "mcp")]
pub use mcp::{McpError, McpServer, McpTools};
pub use model::{ChatModel, Modalities};
pub use provider::{InvalidProvider, Provider, ProviderModel, ProviderTranscriber};
pub use request::{
    Blob, ChatMessage, ChatRequest, ContentPart, ModelParameters, ReasoningEffort, ResponseFormat, ToolChoice,
    ToolResult, ToolSpec,
};
pub use response::{ChatResponse, StopReason, TokenUsage, ToolCall};
pub use team::{Team, TeamBuilder};
pub use tool::{FnTool, RequireApproval, Tool, ToolContext, ToolOutput, ToolSource, conversation, tool};
pub use transcriber::Transcriber;

/// The library of JSON schemas, so that its derive can be used without naming its version: `#[derive(JsonSchema)] #[schemars(crate = "waxwing_llm::schemars")]`.
pub use schemars;

#[cfg(feature = "test-util")]
pub use scripted::ScriptedModel;
