//! Events that a bot reports about its own work.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::bounded_log::BoundedLog;
use crate::clock::unix_millis;

/// Maximum number of bot events in the log.
pub(crate) const MAX_EVENTS: usize = 10_000;
/// Maximum size of all bot events in the log, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Maximum size of one bot event, in bytes.
const MAX_EVENT: usize = 64 * 1024;
/// Maximum length of a name, in bytes.
const MAX_NAME: usize = 100;

/// Event of a bot between a webhook and its reply, such as the call of a model. The inspector shows it next to the exchanges.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use serde_json::json;
/// use waxwing_emulator::{BotEvent, Emulator};
///
/// let emulator = Emulator::builder().start().await?;
/// let called = BotEvent::new("model.called").user("+34600000000").turn("turn 1").data("tokens", json!(120));
/// emulator.record_bot_event(called)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotEvent {
    name: String,
    #[serde(default, serialize_with = "millis", deserialize_with = "from_millis")]
    at: Option<SystemTime>,
    conversation: Option<String>,
    user: Option<String>,
    turn: Option<String>,
    #[serde(default)]
    data: Map<String, Value>,
}

/// Reason why a [`BotEvent`] is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BotEventError {
    /// The name is not valid.
    #[error(
        "the name of a bot event has 1 to 100 lower-case letters, digits, dots and underscores, such as model.called"
    )]
    Name,
    /// The event is too large.
    #[error("a bot event has at most 64 KiB")]
    TooLarge,
}

impl BotEvent {
    /// Returns an event. `name` is dotted lower case, such as `model.called`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), at: None, conversation: None, user: None, turn: None, data: Map::new() }
    }

    /// Sets the time, by the emulator's clock. Default: the time at which the emulator records the event.
    pub fn at(mut self, at: SystemTime) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets the id of the conversation, which is opaque to the emulator.
    pub fn conversation(mut self, conversation: impl Into<String>) -> Self {
        self.conversation = Some(conversation.into());
        self
    }

    /// Sets the phone number or BSUID of the user.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the id of the turn. Events with the same turn are shown as one timeline.
    pub fn turn(mut self, turn: impl Into<String>) -> Self {
        self.turn = Some(turn.into());
        self
    }

    /// Adds a detail.
    pub fn data(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(key.into(), value.into());
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the details.
    pub fn details(&self) -> &Map<String, Value> {
        &self.data
    }

    /// Records the event. The time defaults to `now`. Returns its sequence number.
    pub(crate) fn record(mut self, log: &BotEventLog, now: SystemTime) -> Result<u64, BotEventError> {
        let is_valid = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_');
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(is_valid) {
            return Err(BotEventError::Name);
        }
        let size = serde_json::to_vec(&self).map_or(usize::MAX, |json| json.len());
        if size > MAX_EVENT {
            return Err(BotEventError::TooLarge);
        }
        self.at.get_or_insert(now);
        Ok(log.push(size, |seq| RecordedBotEvent { seq, event: self }).seq)
    }

    pub(crate) fn time(&self) -> SystemTime {
        self.at.unwrap_or(UNIX_EPOCH)
    }
}

/// Bot event in the log.
#[derive(Debug, Serialize)]
pub(crate) struct RecordedBotEvent {
    pub(crate) seq: u64,
    #[serde(flatten)]
    pub(crate) event: BotEvent,
}

/// Log of bot events.
pub(crate) type BotEventLog = BoundedLog<RecordedBotEvent>;

/// Returns an empty log.
pub(crate) fn bot_event_log() -> BotEventLog {
    BoundedLog::new(MAX_EVENTS, MAX_BYTES)
}

#[expect(clippy::ref_option, reason = "serde requires this signature")]
fn millis<S: Serializer>(at: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(unix_millis).serialize(serializer)
}

fn from_millis<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let at = Option::<u64>::deserialize(deserializer)?;
    Ok(at.and_then(|millis| UNIX_EPOCH.checked_add(std::time::Duration::from_millis(millis))))
}
