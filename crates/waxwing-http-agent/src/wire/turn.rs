//! What is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::WireMediaKind;

/// What an agent is asked to answer, and what it may need for that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Turn")]
pub struct WireTurn {
    /// The version of the contract: 1.
    pub version: u32,
    /// The same as in the header `Idempotency-Key`, so that it is signed. A repeated call has the same key, and should get the same answer.
    pub idempotency_key: String,
    /// Names the run; the same when it is repeated.
    pub run_id: String,
    /// The name under which the agent is known to Waxwing.
    pub agent: String,
    /// Who wrote; in a group, who wrote last.
    pub user: WireUser,
    /// Whether the conversation is that of a group.
    pub group: bool,
    /// The session.
    pub session: WireSession,
    /// What the agent remembers of the user across sessions.
    pub memory: Vec<WireFact>,
    /// What was said before, oldest first, as far back as Waxwing is set to tell.
    pub history: Vec<WireHistoryEntry>,
    /// What is to be answered: one message, or several that came close together, oldest first.
    pub messages: Vec<WireMessage>,
    /// Earlier messages of the agent that will not reach the user.
    pub undelivered: Vec<WireUndelivered>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct WireUser {
    /// The phone number, or another id where the number is hidden. A label, not a key.
    pub id: String,
    /// The name in the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Session")]
pub struct WireSession {
    /// Names it.
    pub id: String,
    /// What the agent has set in earlier answers.
    pub state: Map<String, Value>,
}

/// Something that is known of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Fact")]
pub struct WireFact {
    /// Names it, for when it is to be forgotten.
    pub id: u64,
    /// The words.
    pub text: String,
    /// When it was learned, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// One thing that was said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub struct WireHistoryEntry {
    /// Who said it.
    pub role: WireRole,
    /// The words.
    pub text: String,
    /// Media that came with it, each as a word for its kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Speaker")]
pub enum WireRole {
    /// The user.
    User,
    /// The agent.
    Agent,
    /// A person of the business, in the agent's place.
    #[serde(rename = "person")]
    Operator,
}

/// A message of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Message")]
pub struct WireMessage {
    /// Names it: for reactions.
    pub id: String,
    /// Who wrote it; in a group, not always the same.
    pub sender: WireUser,
    /// When, in milliseconds since the Unix epoch.
    pub sent_at: u64,
    /// Its text, the caption of its medium, or the label of what was tapped; empty if there is none.
    pub text: String,
    /// What the user tapped, of the answers to some question of any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<WireChoice>,
    /// A place that the user shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<WireLocation>,
    /// Cards that the user shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<WireContact>,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<WireMedia>,
    /// Why a medium that came with it cannot be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_problem: Option<String>,
    /// The id of the message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// How old it is, in seconds, where it is so old that the agent should know.
    #[serde(rename = "late", default, skip_serializing_if = "Option::is_none")]
    pub stale_age: Option<u64>,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Choice")]
pub struct WireChoice {
    /// Says which it is. What comes back is what the user's phone says: look it up.
    pub id: String,
    /// What the user reads.
    pub label: String,
    /// A second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Location")]
pub struct WireLocation {
    /// In degrees; north is positive.
    pub latitude: f64,
    /// In degrees; east is positive.
    pub longitude: f64,
    /// What the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The card of a person or a business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Contact")]
pub struct WireContact {
    /// The name, as it is shown.
    pub name: String,
    /// Telephone numbers, with the codes of their countries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Where the person works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
}

/// A medium of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Media")]
pub struct WireMedia {
    /// What it is to the user.
    pub kind: WireMediaKind,
    /// Its MIME type, as its sender stated it.
    pub mime_type: String,
    /// The name that its sender gave it: words of a stranger, never to be used as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes, as base64; absent where the media of the turn are more than Waxwing is set to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// A message of the agent that will not reach the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Undelivered")]
pub struct WireUndelivered {
    /// Its words; empty if it was a medium without any.
    pub text: String,
    /// Why.
    pub reason: String,
    /// The channel's code for the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
}
