//! Conversion of media.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use waxwing_agent::{AgentError, Media};

use crate::media_kind;
use crate::wire::WireMedia;

/// Converts media, with the bytes if they fit into the budget.
pub(super) async fn with_data(media: &Media, budget: &mut u64) -> Result<WireMedia, AgentError> {
    Ok(WireMedia { data: data(media, budget).await?, ..description(media) })
}

/// Returns the bytes of media as base64 if they fit into the budget.
pub(super) async fn data(media: &Media, budget: &mut u64) -> Result<Option<String>, AgentError> {
    let Some(rest) = budget.checked_sub(media.len()) else { return Ok(None) };
    let bytes = media.read().await?;
    *budget = rest;
    Ok(Some(BASE64_STANDARD.encode(bytes)))
}

/// Converts media without their bytes.
pub(super) fn description(media: &Media) -> WireMedia {
    WireMedia {
        kind: media_kind::to_wire(media.kind()),
        mime_type: media.mime_type().to_owned(),
        filename: media.filename().map(str::to_owned),
        animated: media.is_animated(),
        size: media.len(),
        data: None,
    }
}
