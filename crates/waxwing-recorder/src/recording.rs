//! File format of a recording.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use waxwing_emulator::{Scenario, ScenarioError};

/// Conversations with a bot: the actions of users, and the messages that the bot sent.
///
/// A recording is a TOML file. It is a scenario of the emulator with one more section: `[[sent]]` lists the messages of the bot. The
/// emulator ignores this section, so `waxwing emulator --scenario` plays a recording, too.
///
/// A message that another one quotes is named by its place: `step-3` is the message of the third step, `sent-2` the second message of the
/// bot. A replay puts in the real ids.
///
/// ```
/// use waxwing_recorder::Recording;
///
/// let recording: Recording = r#"
/// [[step]]
/// do.says = { user = "+15550100001", text = "hi" }
///
/// [[sent]]
/// to = "+15550100001"
/// after_step = 1
/// message = { type = "text", text = { body = "Hello!" } }
/// "#.parse()?;
/// assert_eq!((recording.steps(), recording.sent()), (1, 1));
/// # Ok::<(), waxwing_recorder::RecordingError>(())
/// ```
#[derive(Clone, PartialEq, Default, Serialize)]
pub struct Recording {
    #[serde(rename = "step")]
    pub(crate) steps: Vec<Step>,
    #[serde(rename = "sent")]
    pub(crate) sent: Vec<SentMessage>,
    /// Faults and behavior of the emulator, if somebody added them to the file.
    #[serde(skip)]
    pub(crate) surroundings: Option<Scenario>,
}

/// Action of a user.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Time since the previous step.
    #[serde(default, with = "duration_text", skip_serializing_if = "Duration::is_zero")]
    pub(crate) after: Duration,
    /// An [`Action`](waxwing_emulator::Action) of the emulator, as JSON: the names of messages are replaced before it is performed.
    #[serde(rename = "do")]
    pub(crate) action: Value,
}

/// Message of the bot.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SentMessage {
    /// Recipient: a phone number, a BSUID or a group.
    pub(crate) to: String,
    /// Number of steps before the message.
    pub(crate) after_step: usize,
    /// The message without its address; see [`comparable`](crate::message::comparable).
    pub(crate) message: Value,
}

/// Why a recording cannot be read or written. The text states the line if there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecordingError(String);

/// The sections that a scenario does not have, or that a replay performs itself.
#[derive(Deserialize)]
struct Sections {
    #[serde(default, rename = "step")]
    steps: Vec<Step>,
    #[serde(default, rename = "sent")]
    sent: Vec<SentMessage>,
}

impl Recording {
    /// Returns the number of actions of users.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Returns the number of messages that the bot sent.
    pub fn sent(&self) -> usize {
        self.sent.len()
    }

    /// Returns the recording as a TOML file.
    ///
    /// # Errors
    ///
    /// If TOML cannot express a value, such as a number above 2^63.
    pub fn to_toml(&self) -> Result<String, RecordingError> {
        toml::to_string(self).map_err(|error| RecordingError(error.to_string()))
    }
}

impl FromStr for Recording {
    type Err = RecordingError;

    fn from_str(text: &str) -> Result<Self, RecordingError> {
        // The parser of scenarios finds unknown keys and wrong actions, with their lines.
        text.parse::<Scenario>().map_err(|error: ScenarioError| RecordingError(error.to_string()))?;
        let sections: Sections = toml::from_str(text).map_err(|error| RecordingError(error.to_string()))?;
        let mut rest: toml::Table = toml::from_str(text).map_err(|error| RecordingError(error.to_string()))?;
        rest.remove("step");
        rest.remove("sent");
        let surroundings =
            rest.to_string().parse().map_err(|error: ScenarioError| RecordingError(error.to_string()))?;
        Ok(Self { steps: sections.steps, sent: sections.sent, surroundings: Some(surroundings) })
    }
}

/// Prints no texts and no phone numbers.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("steps", &self.steps.len())
            .field("sent", &self.sent.len())
            .finish_non_exhaustive()
    }
}

/// Durations as text, such as `1h 30m`.
mod duration_text {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_written_recording_can_be_read() {
        let says = json!({"says": {"user": "+15550100001", "text": "hi\n\"you\""}});
        let message = json!({"type": "interactive", "interactive": {"type": "button", "action": {"buttons": [
            {"type": "reply", "reply": {"id": "a", "title": "A"}}, {"type": "reply", "reply": {"id": "b", "title": "B"}}
        ]}}});
        let recording = Recording {
            steps: vec![Step { after: Duration::from_millis(1500), action: says }],
            sent: vec![SentMessage { to: "+15550100001".into(), after_step: 1, message }],
            surroundings: None,
        };
        let read: Recording = recording.to_toml().unwrap().parse().unwrap();
        assert!(read.steps == recording.steps && read.sent == recording.sent, "{}", recording.to_toml().unwrap());
    }

    #[test]
    fn errors_state_the_line() {
        let error = |text: &str| text.parse::<Recording>().unwrap_err().to_string();
        let unknown_action = error("[[step]]\ndo.shouts = 1");
        assert!(unknown_action.contains("line 2") && unknown_action.contains("shouts"), "{unknown_action}");
        let without_recipient = error("[[sent]]\nafter_step = 1\nmessage = {}");
        assert!(without_recipient.contains("line 1") && without_recipient.contains("to"), "{without_recipient}");
    }
}
