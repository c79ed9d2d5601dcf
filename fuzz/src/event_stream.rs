//! Fuzz target of the events that an agent over HTTP sends.

#[path = "../../crates/waxwing-http-agent/src/event_stream.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the file belongs to another crate, and needs none of the crates that one needs"
)]
mod parser;

use parser::{EventStreamParser, ServerSentEvent};

/// Parses a stream in pieces. The first byte is the length of the pieces.
///
/// # Panics
///
/// If the events depend on the pieces, or have more data than the stream.
pub fn run(input: &[u8]) {
    let Some((&piece, stream)) = input.split_first() else { return };
    let whole = EventStreamParser::default().feed(stream);
    let mut parser = EventStreamParser::default();
    let pieces: Vec<_> = stream.chunks(usize::from(piece).max(1)).flat_map(|piece| parser.feed(piece)).collect();
    assert!(whole == pieces, "the events depend on the pieces: {whole:?} {pieces:?}");
    let data: usize = whole.iter().map(|event: &ServerSentEvent| event.data.len()).sum();
    // A byte that is not UTF-8 becomes a character of three bytes.
    assert!(data <= 3 * stream.len(), "{} bytes became {data}", stream.len());
}
