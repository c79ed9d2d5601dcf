//! Parser for [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).

use std::fmt;

/// An event. Other fields of the standard are ignored.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct ServerSentEvent {
    /// Type of the event. The default is `message`.
    pub(crate) name: String,
    pub(crate) id: String,
    /// Data lines, joined by line feeds.
    pub(crate) data: String,
}

/// Parses a stream incrementally. The parser keeps the incomplete line and the incomplete event; the caller limits the size of the stream.
#[derive(Default)]
pub(crate) struct EventStreamParser {
    line: Vec<u8>,
    after_return: bool,
    event: ServerSentEvent,
    has_data: bool,
    has_begun: bool,
}

impl EventStreamParser {
    /// Returns the events that these bytes complete.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<ServerSentEvent> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<ServerSentEvent> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then(|| event.with_default_name());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "id" => value.clone_into(&mut self.event.id),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // Comments, which keep the connection alive, and unknown fields.
            _ => {}
        }
        None
    }
}

impl ServerSentEvent {
    fn with_default_name(mut self) -> Self {
        if self.name.is_empty() {
            "message".clone_into(&mut self.name);
        }
        self
    }
}

/// Leaves out the data, which contain the text of a message.
impl fmt::Debug for ServerSentEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSentEvent")
            .field("name", &self.name)
            .field("data_bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, id: &str, data: &str) -> ServerSentEvent {
        ServerSentEvent { name: name.into(), id: id.into(), data: data.into() }
    }

    #[track_caller]
    fn check(stream: &str, expected: &[ServerSentEvent]) {
        assert_eq!(EventStreamParser::default().feed(stream.as_bytes()), expected);
        let mut parser = EventStreamParser::default();
        let piecemeal: Vec<_> = stream.as_bytes().iter().flat_map(|byte| parser.feed(&[*byte])).collect();
        assert_eq!(piecemeal, expected, "byte by byte");
    }

    #[test]
    fn a_stream_is_parsed_at_once_or_byte_by_byte() {
        check("event: reply\nid: t=1\ndata: {}\n\n", &[event("reply", "t=1", "{}")]);
        check(
            "data:a\r\ndata: b\r\n\r\ndata:  c\r\rdata: d\n",
            &[event("message", "", "a\nb"), event("message", "", " c")],
        );
        check("\u{feff}: hello\n\nevent: ping\n\nretry: 5\ndata\n\n", &[event("message", "", "")]);
        check("id: 1\ndata: é\n\ndata: 2\n\n", &[event("message", "1", "é"), event("message", "", "2")]);
        check("", &[]);
    }
}
