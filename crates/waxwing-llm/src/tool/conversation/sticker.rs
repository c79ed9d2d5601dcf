//! Tool `send_sticker`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Media, Reply};

use crate::{Tool, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Name of the sticker.
    sticker: String,
}

/// Creates the tool `send_sticker`: one of these stickers, by its name. WhatsApp shows WebP files as stickers: 100 KiB at most, 500 KiB if animated.
///
/// ```
/// use waxwing_agent::{Media, MediaKind};
/// use waxwing_llm::{Tool, conversation};
///
/// let thanks = Media::new(MediaKind::Sticker, "image/webp", &b"RIFF...."[..]);
/// let tool = conversation::send_sticker([("thanks", thanks)]);
/// assert!(tool.spec().description.contains("thanks"));
/// ```
pub fn send_sticker<N: Into<String>>(stickers: impl IntoIterator<Item = (N, Media)>) -> impl Tool {
    let stickers: BTreeMap<String, Media> =
        stickers.into_iter().map(|(name, sticker)| (name.into(), sticker)).collect();
    let names = stickers.keys().cloned().collect::<Vec<_>>().join(", ");
    let description = format!(
        "Sends the user a sticker. A sticker is not an answer: always write an answer as well. The stickers are: {names}."
    );
    tool("send_sticker", &description, move |Arguments { sticker }, _| {
        let found = stickers.get(&sticker).cloned();
        async move {
            let found = found.ok_or_else(|| AgentError::new(format!("there is no sticker {sticker:?}")))?;
            Ok(crate::ToolOutput::from(Reply::from(found)).supplementary())
        }
    })
}
