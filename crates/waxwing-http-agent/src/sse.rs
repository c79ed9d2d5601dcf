//! [Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html), read as they come.

/// What an event is made of; what the standard has beside these is passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What it is; `message` if nothing else was said.
    pub(crate) name: String,
    pub(crate) id: String,
    /// Its lines, joined by line feeds.
    pub(crate) data: String,
}

/// Takes a stream apart. It keeps the line and the event that are not complete yet; whoever feeds it bounds the stream.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    after_return: bool,
    event: Event,
    has_data: bool,
    has_begun: bool,
}

impl Parser {
    /// The events that are complete with these bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
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

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then(|| event.named());
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
            // A comment, which keeps the connection alive, or nothing of ours.
            _ => {}
        }
        None
    }
}

impl Event {
    fn named(mut self) -> Self {
        if self.name.is_empty() {
            "message".clone_into(&mut self.name);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, id: &str, data: &str) -> Event {
        Event { name: name.into(), id: id.into(), data: data.into() }
    }

    #[track_caller]
    fn check(stream: &str, expected: &[Event]) {
        assert_eq!(Parser::default().feed(stream.as_bytes()), expected);
        let mut parser = Parser::default();
        let piecemeal: Vec<_> = stream.as_bytes().iter().flat_map(|byte| parser.feed(&[*byte])).collect();
        assert_eq!(piecemeal, expected, "byte by byte");
    }

    #[test]
    fn streams() {
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
