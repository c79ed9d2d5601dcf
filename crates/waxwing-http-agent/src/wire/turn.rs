//! Request to an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::debug_without_content;
use super::message::{WireMedia, WireMessage};
use super::quoted::WireQuoted;
use super::role::WireRole;
use super::template::WireTemplateMismatch;
use super::user::WireUser;

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
    /// Conversation, with the business number that the user writes to.
    pub conversation: WireConversation,
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
    /// Seconds for which WhatsApp takes messages that are no templates: 24 hours after the newest message of the user, 0 if this window is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_window: Option<u64>,
    /// Present if the business is closed at the time of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<WireClosed>,
    /// Templates of the previous answer to this turn that the channel would refuse. The previous answer was discarded. Absent in the first call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub template_mismatches: Vec<WireTemplateMismatch>,
}

/// Closed business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Closed")]
#[non_exhaustive]
pub struct WireClosed {
    /// Time at which the business opens, in milliseconds since the Unix epoch. Absent if it does not open within 400 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<u64>,
    /// Name of the time zone of the business, such as `Europe/Madrid`.
    pub time_zone: String,
}

/// Conversation of a turn.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Conversation")]
#[non_exhaustive]
pub struct WireConversation {
    /// Opaque key of the conversation. It stays the same when the ids of the user change. Use it as a key in your data.
    pub key: String,
    /// Business number that the user writes to.
    pub number: WireBusinessNumber,
    /// Id of the group. Absent in a chat with one user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Subject of the group, which its members see as its name. Absent in a chat with one user, and if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_subject: Option<String>,
}

/// Phone number of the business.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BusinessNumber")]
#[non_exhaustive]
pub struct WireBusinessNumber {
    /// Meta's id of the number.
    pub id: String,
    /// Phone number in digits with country code, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
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
    /// Sender of a message of a user in a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<WireUser>,
    /// Text of the message. Empty for media without a caption.
    pub text: String,
    /// Message that the message quotes or answers with a tap, without the bytes of its media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<WireQuoted>,
    /// Kinds of the media of the message, in English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// Media of the message. Media of users, and those from the WhatsApp Business app, have their bytes while the server keeps them, the newest
    /// ones as far as the size of a call allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<WireMedia>,
    /// Time of the message, in milliseconds since the Unix epoch.
    pub at: i64,
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
    /// True if the message waited for the user to write, and can be sent now with `send_parked`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
}

debug_without_content! {
    WireTurn { version, idempotency_key, run_id, agent, group, history, messages, undelivered }
    WireSession {}
    WireFact { id, at }
    WireHistoryEntry { role, at }
    WireConversation {}
    WireBusinessNumber {}
    WireClosed { opens_at, time_zone }
    WireUndelivered { reason, code }
}
