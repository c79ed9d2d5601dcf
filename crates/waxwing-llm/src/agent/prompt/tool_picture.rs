//! Pictures of tools in the prompt.

use waxwing_agent::Media;

use super::media::{PromptMedia, is_image};
use crate::tag::Tag;
use crate::{Blob, ContentPart};

/// Returns a picture of a tool for the prompt, with a note before it. Returns nothing if no model of the agent accepts the picture, or if
/// the budget of the turn is used up: the result of the tool names the picture.
pub(in crate::agent) async fn tool_picture(tool: &str, picture: &Media, media: &mut PromptMedia) -> Vec<ContentPart> {
    let mime_type = waxwing_media::essence(picture.mime_type());
    if !media.modalities.images || !is_image(&mime_type) || picture.len() > media.bytes_left {
        return Vec::new();
    }
    let Ok(bytes) = picture.read().await else { return Vec::new() };
    media.bytes_left -= picture.len();
    let note = Tag::new("tool_picture").attr("tool", tool).to_string();
    vec![ContentPart::Text(note), ContentPart::Image(Blob::new(mime_type, bytes))]
}
