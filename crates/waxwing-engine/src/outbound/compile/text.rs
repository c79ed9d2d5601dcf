//! Compiles text to text messages.

use waxwing_store::Upload;
use waxwing_types::{Text, limits};

use super::message::CompiledMessage;

/// Splits texts into the fewest text messages. Returns none if they need more than `room` messages.
///
/// A text that is certainly too long is not split, so that memory is bounded by `room`.
pub(super) fn messages(texts: &[String], room: usize) -> Option<Vec<CompiledMessage>> {
    let units = texts.iter().map(|text| limits::utf16_len(text.trim())).fold(0, usize::saturating_add);
    if units > room.saturating_mul(limits::TEXT_BODY) {
        return None;
    }
    let mut messages = Vec::new();
    for text in texts {
        messages.extend(text_messages(text));
        if messages.len() > room {
            return None;
        }
    }
    Some(messages)
}

/// Splits as much of the texts as fits into `room` text messages. The last message ends with `note`.
pub(super) fn cut_messages(texts: &[String], room: usize, note: &str) -> Vec<CompiledMessage> {
    let mut bodies: Vec<(String, bool)> = Vec::new();
    for text in texts {
        let left = room.saturating_sub(bodies.len());
        let part = prefix(text.trim(), left.saturating_mul(limits::TEXT_BODY));
        let split = waxwing_markdown::split(part, limits::TEXT_BODY).into_iter().take(left).enumerate();
        bodies.extend(split.map(|(nth, body)| (body, nth > 0)));
    }
    if let Some((last, _)) = bodies.last_mut() {
        let reserved = limits::utf16_len(note) + 2;
        let body = waxwing_markdown::split(last, limits::TEXT_BODY.saturating_sub(reserved).max(1)).into_iter().next();
        if reserved < limits::TEXT_BODY
            && let Some(body) = body.filter(|_| !note.is_empty())
        {
            *last = format!("{body}\n\n{note}");
        }
    }
    bodies.into_iter().map(|(body, continues)| CompiledMessage::from(Text::new(body)).continuing(continues)).collect()
}

/// Returns the texts as a file.
pub(super) fn file(texts: &[String]) -> Upload {
    Upload { mime_type: "text/plain".into(), filename: "answer.txt".into(), bytes: texts.join("\n\n").into() }
}

/// Returns the longest prefix of a text with at most `units` UTF-16 code units.
pub(super) fn prefix(text: &str, units: usize) -> &str {
    let mut left = units;
    let end = text.char_indices().find(|(_, c)| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// Splits a text into the fewest text messages. Each continues the one before it.
pub(super) fn text_messages(text: &str) -> impl Iterator<Item = CompiledMessage> + use<> {
    let bodies = waxwing_markdown::split(text, limits::TEXT_BODY).into_iter().enumerate();
    bodies.map(|(nth, body)| CompiledMessage::from(Text::new(body)).continuing(nth > 0))
}
