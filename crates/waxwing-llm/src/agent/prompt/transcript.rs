//! Transcript of a recording.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

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
    /// Returns the note for the model. `kind` is the media kind of the recording.
    pub(super) fn note(&self, kind: &str) -> String {
        match self {
            Self::Text(text) if text.is_empty() => format!("[The user sent a recording without speech: {kind}]"),
            Self::Text(text) => format!("[Transcript of the user's {kind}; it may contain errors:]\n{text}"),
            Self::Failed(reason) => {
                format!("[The user sent a recording that could not be transcribed: {kind}. Reason: {reason}]")
            }
        }
    }
}
