//! Messages of a conversation with a model.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message of a conversation.
///
/// The messages of a [`ChatRequest`](crate::ChatRequest) are in chronological order. Most providers require that the first message is the
/// user's.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ChatMessage {
    /// A message of the user, in parts.
    User(Vec<ContentPart>),
    /// A message of the model.
    #[non_exhaustive]
    Assistant {
        /// Text of the message. Empty if the model only called tools.
        text: String,
        /// Tool calls that the model requested. The next message holds their results.
        tool_calls: Vec<ToolCall>,
        /// Opaque data for the provider: see [`ChatResponse::provider_state`](crate::ChatResponse::provider_state).
        provider_state: Option<Value>,
    },
    /// Results of the tool calls in the previous message, one per call.
    Tools(Vec<ToolResult>),
}

impl ChatMessage {
    /// Creates a user message with this text.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(vec![ContentPart::Text(text.into())])
    }

    /// Creates a model message with this text and no tool calls.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant { text: text.into(), tool_calls: Vec::new(), provider_state: None }
    }
}

/// Prints the role only.
impl fmt::Debug for ChatMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User(_) => "User(..)",
            Self::Assistant { .. } => "Assistant(..)",
            Self::Tools(_) => "Tools(..)",
        })
    }
}

/// A part of a user message.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ContentPart {
    /// Text.
    Text(String),
    /// An image.
    Image(Blob),
    /// An audio recording.
    Audio(Blob),
    /// A document, such as a PDF file.
    Document(Blob),
}

/// Prints the kind and, for media, the MIME type and the size.
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

/// A media file in memory, as it is sent to a model.
///
/// ```
/// use waxwing_llm::{Blob, ChatMessage, ContentPart};
///
/// let report = Blob::new("application/pdf", b"%PDF-1.7".to_vec()).with_name("report.pdf");
/// let question = ChatMessage::User(vec![ContentPart::Document(report), ContentPart::Text("What is the total?".into())]);
/// assert_eq!(format!("{question:?}"), "User(..)", "Debug output holds no user data");
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Blob {
    /// MIME type without parameters, such as `audio/ogg`.
    pub mime_type: String,
    /// File name.
    pub name: Option<String>,
    /// Content of the file.
    pub bytes: Bytes,
}

impl Blob {
    /// Creates a blob without a file name. `mime_type` must have no parameters.
    pub fn new(mime_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { mime_type: mime_type.into(), name: None, bytes: bytes.into() }
    }

    /// Sets the file name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Prints the MIME type and the size.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("mime_type", &self.mime_type)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A tool call that a model requests.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// Identifies the call within its message.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments: a JSON object, or a JSON string with the model's output if that output is not valid JSON.
    pub arguments: Value,
}

impl ToolCall {
    /// Creates a call of the tool `name`. `id` must be unique within the message.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: Value) -> Self {
        Self { id: id.into(), name: name.into(), arguments }
    }
}

/// Prints no arguments.
impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Result of a tool call, as the model reads it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// [`ToolCall::id`] of the call.
    pub call_id: String,
    /// Name of the tool.
    pub name: String,
    /// Text for the model.
    pub text: String,
}

impl ToolResult {
    /// Creates the result of `call`.
    pub fn new(call: &ToolCall, text: impl Into<String>) -> Self {
        Self { call_id: call.id.clone(), name: call.name.clone(), text: text.into() }
    }
}

/// Prints the name of the tool only.
impl fmt::Debug for ToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolResult").field("name", &self.name).finish_non_exhaustive()
    }
}
