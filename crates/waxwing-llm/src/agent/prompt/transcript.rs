//! Transcript of a recording.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::tag::Tag;

/// Transcripts of the recordings in a turn, by message id.
pub(in crate::agent) type Transcripts = HashMap<String, Transcript>;

/// Result of a transcription.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum Transcript {
    /// Text of the recording. Empty if it contains no speech.
    Text(String),
    /// Reason of the failure. Failures are recorded too, so that a repeated run tells the model the same.
    Failed(String),
}

impl Transcript {
    /// Adds the transcript to the tag of the recording.
    pub(super) fn describe(&self, recording: Tag) -> Tag {
        match self {
            Self::Text(text) if text.is_empty() => recording.attr("problem", "it contains no speech"),
            Self::Text(text) => recording.child(Tag::new("transcript").text(text)),
            Self::Failed(reason) => recording.attr("problem", format_args!("it could not be transcribed: {reason}")),
        }
    }
}
