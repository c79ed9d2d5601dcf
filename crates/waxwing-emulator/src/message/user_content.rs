//! Content that an emulated user sends.

use bytes::Bytes;
use serde_json::Value;

use super::media::MediaKind;

/// Content of a user's message before the emulator has given the message an id.
#[derive(Debug)]
pub(crate) enum UserContent {
    Text(String),
    Media {
        kind: MediaKind,
        bytes: Bytes,
        mime_type: String,
        caption: Option<String>,
        filename: Option<String>,
        /// True for a voice note.
        voice: bool,
    },
    /// Message of any other type. `body` is the JSON object under the name of the type.
    Other {
        kind: String,
        body: Value,
    },
}
