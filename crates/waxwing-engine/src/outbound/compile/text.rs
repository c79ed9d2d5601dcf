//! Compiles text to text messages.

use waxwing_types::{OutboundContent, Text, limits};

/// Splits a text into the fewest text messages.
pub(super) fn text_messages(text: &str) -> impl Iterator<Item = OutboundContent> + use<> {
    waxwing_markdown::split(text, limits::TEXT_BODY).into_iter().map(|body| Text::new(body).into())
}
