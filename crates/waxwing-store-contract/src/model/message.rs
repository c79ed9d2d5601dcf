//! Messages of the model.

use waxwing_store::{Draft, SendAttempt};
use waxwing_types::{OutboundContent, Text};

use crate::fixture::text;

/// Returns a part of a reply. Every second part continues the part before it, and every third part has a fallback.
pub(super) fn draft(part: usize, body: &str) -> Draft {
    let fallback = part.is_multiple_of(3).then(|| Text::new(fallback(body)).into());
    Draft { needs_previous: part % 2 == 1, fallback, ..text(body) }
}

/// Returns the label of the fallback of a row.
pub(super) fn fallback(label: &str) -> String {
    format!("{label} in short")
}

/// Returns the text of an attempt, which names its row, with its number.
pub(super) fn name(send: &SendAttempt) -> (String, u32) {
    match &send.content {
        OutboundContent::Text(text) => (text.body.clone(), send.attempt),
        other => panic!("expected a text, found {}", other.kind()),
    }
}
