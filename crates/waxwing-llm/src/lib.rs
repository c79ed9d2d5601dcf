#![doc = include_str!("../README.md")]

pub mod error;
pub mod model;
pub mod provider;
pub mod request;
pub mod response;

#[cfg(feature = "test-util")]
pub mod scripted;

pub use error::{ModelError, ModelErrorKind};
pub use model::{Accepts, ChatModel};
pub use provider::{Provider, ProviderModel};
pub use request::{
    Blob, ChatMessage, ChatRequest, Content, Parameters, Reasoning, ResponseFormat, ToolChoice, ToolResult, ToolSpec,
};
pub use response::{ChatResponse, StopReason, ToolCall, Usage};

#[cfg(feature = "test-util")]
pub use scripted::ScriptedModel;
