//! Fuzz target of the content of received messages.

use waxwing_webhook::InboundMessage;

/// Reads the JSON of a message.
///
/// # Panics
///
/// If reading is not repeatable, or a message has no kind.
pub fn run(input: &[u8]) {
    let Ok(message) = InboundMessage::parse(input) else { return };
    assert!(InboundMessage::parse(input).is_ok_and(|again| again == message), "a second reading differs");
    assert!(!format!("{message:?}").is_empty());
    let _ = (message.content.kind(), message.content.media());
}
