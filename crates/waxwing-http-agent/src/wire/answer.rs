//! Response of an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::debug_without_content;
use super::part::WirePart;

/// Answer of an agent: the body of a JSON response, or the data of the event `reply`.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Answer")]
#[non_exhaustive]
pub struct WireAnswer {
    /// Parts of the reply, at most 32, in the order in which the user sees them. The user gets no message if the list is empty.
    pub parts: Vec<WirePart>,
    /// Changes of the session's state. They are committed together with the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<WireStateChanges>,
    /// Changes of the agent's memory. They are committed together with the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<WireMemoryChanges>,
    /// Hands the conversation over to an operator, a person of the business, after the reply. The agent is not called until the handoff ends.
    #[serde(rename = "hand_over", default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<WireHandoff>,
    /// Messages that are sent to the user later, at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<WireReminder>,
    /// Id of the message that the first message of the reply quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Whether texts show a preview of their first link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub link_preview: bool,
    /// Whether the parked messages among `undelivered` are sent before the reply. They are given up otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub send_parked: bool,
}

/// Changes of the session's state. Other keys stay as they are.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "Changes")]
#[non_exhaustive]
pub struct WireStateChanges {
    /// Values to set, by key.
    pub set: Map<String, Value>,
    /// Keys to remove.
    pub remove: Vec<String>,
}

/// Changes of the agent's memory.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "MemoryChanges")]
#[non_exhaustive]
pub struct WireMemoryChanges {
    /// Ids of facts to forget. They are forgotten before new facts are added.
    pub forget: Vec<u64>,
    /// Facts to add, with 500 characters at most. A longer fact, and a fact above 100 facts, is skipped.
    pub remember: Vec<String>,
}

/// Handoff of the conversation to an operator.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "HandOver")]
#[non_exhaustive]
pub struct WireHandoff {
    /// Longest duration in seconds. Without a value, the handoff lasts until an operator or the user resumes the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Reason for the person, in a few words. The user does not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Summary of the conversation for the person. The user does not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// Message that is sent later, also after a restart of the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Reminder")]
#[non_exhaustive]
pub struct WireReminder {
    /// Time, in milliseconds since the Unix epoch, at most a year ahead.
    pub at: u64,
    /// Text, which is sent without changes.
    pub text: String,
}

/// Interim message: the data of the event `message`.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Interim")]
#[non_exhaustive]
pub struct WireInterim {
    /// Parts of the message, at most 32, in the order in which the user sees them.
    pub parts: Vec<WirePart>,
    /// Id of the message that the first message quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Whether texts show a preview of their first link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub link_preview: bool,
}

/// Failure of the agent: the data of the event `error`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Failure")]
#[non_exhaustive]
pub struct WireFailure {
    /// Description for the log at level `debug`. The user does not see it.
    pub message: String,
    /// True if another attempt may succeed.
    #[serde(default)]
    pub retryable: bool,
}

impl WireAnswer {
    /// Creates an answer that changes neither state nor memory.
    pub fn new(parts: Vec<WirePart>) -> Self {
        Self {
            parts,
            state: None,
            memory: None,
            handoff: None,
            reminders: Vec::new(),
            quote: None,
            link_preview: false,
            send_parked: false,
        }
    }
}

impl WireReminder {
    /// Creates a message for a time in milliseconds since the Unix epoch.
    pub fn new(at: u64, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

impl WireInterim {
    /// Creates an interim message.
    pub fn new(parts: Vec<WirePart>) -> Self {
        Self { parts, quote: None, link_preview: false }
    }
}

impl WireFailure {
    /// Creates a failure with a description for the log.
    pub fn new(message: impl Into<String>, retryable: bool) -> Self {
        Self { message: message.into(), retryable }
    }
}

debug_without_content! {
    WireAnswer { parts, handoff }
    WireStateChanges {}
    WireMemoryChanges { forget }
    WireInterim { parts }
    WireHandoff { seconds }
    WireReminder { at }
    WireFailure { retryable }
}
