//! Request to an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{WireChoice, WireContact, WireLocation, WireMediaKind};
use super::debug_without_content;

/// Request to an agent: the messages to answer, and their context.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Turn")]
#[non_exhaustive]
pub struct WireTurn {
    /// Version of the contract: 1.
    pub version: u32,
    /// Idempotency key of the call, as in the header `Idempotency-Key`; here the key is signed. A repeated call has the same key and expects
    /// the same answer.
    pub idempotency_key: String,
    /// Id of the run. A repeated run has the same id.
    pub run_id: String,
    /// Name of the agent in Waxwing.
    pub agent: String,
    /// User of the conversation. In a group, the sender of the last message.
    pub user: WireUser,
    /// True if the conversation is a group.
    pub group: bool,
    /// Session of the conversation.
    pub session: WireSession,
    /// Facts that the agent remembers across sessions, oldest first.
    pub memory: Vec<WireFact>,
    /// Messages before this turn, oldest first. A setting of Waxwing limits their number.
    pub history: Vec<WireHistoryEntry>,
    /// Messages to answer, oldest first: one message, or a burst of messages.
    pub messages: Vec<WireMessage>,
    /// Earlier messages of the agent that did not reach the user.
    pub undelivered: Vec<WireUndelivered>,
}

/// User, as the sender of a message.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "User")]
#[non_exhaustive]
pub struct WireUser {
    /// Phone number in digits with country code, or the business-scoped user id if the phone number is hidden. A label, not a key.
    pub id: String,
    /// Name in the user's profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Session of a conversation.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Session")]
#[non_exhaustive]
pub struct WireSession {
    /// Id of the session.
    pub id: String,
    /// Values that earlier answers of the agent have set.
    pub state: Map<String, Value>,
}

/// Fact about the user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Fact")]
#[non_exhaustive]
pub struct WireFact {
    /// Id of the fact.
    pub id: u64,
    /// Text of the fact.
    pub text: String,
    /// Time at which the agent learned the fact, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Earlier message of the conversation.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Entry")]
#[non_exhaustive]
pub struct WireHistoryEntry {
    /// Author of the message.
    pub role: WireRole,
    /// Text of the message. Empty for media without a caption.
    pub text: String,
    /// Kinds of the media of the message, in English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Author of an earlier message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Speaker")]
pub enum WireRole {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// Operator: a person of the business who answered instead of the agent.
    #[serde(rename = "person")]
    Operator,
}

/// Message of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Message")]
#[non_exhaustive]
pub struct WireMessage {
    /// Id of the message, for reactions.
    pub id: String,
    /// Sender of the message. In a group, senders differ.
    pub sender: WireUser,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub sent_at: u64,
    /// Text, caption of the media, or label of the tapped choice. Empty if the message has none of them.
    pub text: String,
    /// Choice that the user tapped. The question may have been asked at any earlier time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<WireChoice>,
    /// Location that the user shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<WireLocation>,
    /// Contact cards that the user shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<WireContact>,
    /// Media that the user sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<WireMedia>,
    /// Reason why the media of the message is not available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_problem: Option<String>,
    /// Id of the message that this message quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// Age of the message in seconds, if the message is stale.
    #[serde(rename = "late", default, skip_serializing_if = "Option::is_none")]
    pub stale_age: Option<u64>,
}

/// Media of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Media")]
#[non_exhaustive]
pub struct WireMedia {
    /// Kind of media, as the user sees it.
    pub kind: WireMediaKind,
    /// MIME type that the sender stated.
    pub mime_type: String,
    /// File name that the sender stated. The name is untrusted: do not use it as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Bytes, as base64. Absent if the media of the turn exceed the size that Waxwing is set to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// Message of the agent that did not reach the user.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Undelivered")]
#[non_exhaustive]
pub struct WireUndelivered {
    /// Text of the message. Empty for media without a caption.
    pub text: String,
    /// Reason, in the terms of the channel.
    pub reason: String,
    /// Error code of the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
}

debug_without_content! {
    WireTurn { version, idempotency_key, run_id, agent, group, history, messages, undelivered }
    WireUser {}
    WireSession {}
    WireFact { id, at }
    WireHistoryEntry { role, at }
    WireMessage { sent_at, media, stale_age }
    WireMedia { kind, mime_type, size }
    WireUndelivered { reason, code }
}
