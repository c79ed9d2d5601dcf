#![doc = include_str!("../README.md")]

pub mod agent;
pub mod cost;
pub mod error;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod model;
pub mod provider;
pub mod request;
pub mod response;
pub mod team;
pub mod tool;
pub mod transcribe;
pub mod typed;

#[cfg(feature = "test-util")]
pub mod scripted;

mod schema;

pub use agent::{History, InvalidAgent, LlmAgent, LlmAgentBuilder, Retry, Texts};
pub use cost::{Price, Prices, RunUsage};
pub use error::{ModelError, ModelErrorKind};
#[cfg(feature = "mcp")]
pub use mcp::{McpError, McpServer, McpTools};
pub use model::{Accepts, ChatModel};
pub use provider::{InvalidProvider, Provider, ProviderModel, ProviderTranscriber};
pub use request::{
    Blob, ChatMessage, ChatRequest, Content, Parameters, Reasoning, ResponseFormat, ToolChoice, ToolResult, ToolSpec,
};
pub use response::{ChatResponse, StopReason, ToolCall, Usage};
pub use team::{Team, TeamBuilder};
pub use tool::{AskFirst, FnTool, Tool, ToolContext, ToolOutput, ToolSource, conversation, tool};
pub use transcribe::Transcriber;
pub use typed::{Typed, ask_for};

/// The library of JSON schemas, so that its derive can be used without naming its version: `#[derive(JsonSchema)] #[schemars(crate = "waxwing_llm::schemars")]`.
pub use schemars;

#[cfg(feature = "test-util")]
pub use scripted::ScriptedModel;
