//! Fuzz target of outbound content, templates among it.

use waxwing_types::OutboundContent;

/// Reads the JSON of outbound content.
///
/// # Panics
///
/// If content that was read is not written as it was read.
pub fn run(input: &[u8]) {
    let Ok(content) = serde_json::from_slice::<OutboundContent>(input) else { return };
    let written = serde_json::to_string(&content).expect("content that was read can be written");
    let again: OutboundContent = serde_json::from_str(&written).expect("content that was written can be read");
    assert!(again == content, "a second reading differs");
    let _ = (content.validate().is_ok(), content.kind());
    assert!(!format!("{content:?}").is_empty());
}
