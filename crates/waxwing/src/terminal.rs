//! Escapes untrusted text for a terminal.
//!
//! Control characters move the cursor, change the title or type on the keyboard of some terminals. Bidirectional characters show text in
//! another order than it has. <https://trojansource.codes>

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Escapes all control characters, line breaks included, and bidirectional characters.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe, |escaped, c| escaped.extend(c.escape_default()))
}

/// Escapes control characters except line breaks and tabs, and bidirectional characters.
pub fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_unsafe(c) && !matches!(c, '\n' | '\t'), |escaped, c| escaped.extend(c.escape_default()))
}

/// Escapes the control characters and bidirectional characters that JSON allows in strings. The result is the same JSON value.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    escape(json, |c| is_unsafe(c) && !matches!(c, '\n' | '\t'), escape_utf16)
}

/// Writes lines of a log to standard error. Escapes the characters that a log subscriber writes as they are.
///
/// ```
/// use waxwing::terminal::LogWriter;
///
/// # #[cfg(feature = "log")] {
/// let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(|| LogWriter::new(false));
/// # drop(subscriber);
/// # }
/// ```
#[derive(Debug)]
pub struct LogWriter {
    has_colors: bool,
}

impl LogWriter {
    /// Creates a writer. `has_colors` is true if the subscriber colors its lines. Then sequences that only set colors stay as they are.
    pub fn new(has_colors: bool) -> Self {
        Self { has_colors }
    }
}

impl Write for LogWriter {
    /// Writes a whole line: the subscriber passes one at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let line_of_log = if self.has_colors { escape_except_colors(&text) } else { escape_json(&text) };
        io::stderr().lock().write_all(line_of_log.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Escapes a line of a log, except sequences that set colors: `ESC [ 31 ; 1 m`.
fn escape_except_colors(line: &str) -> Cow<'_, str> {
    let mut parts = line.split('\u{1b}');
    let mut escaped = escape_json(parts.next().unwrap_or_default());
    for part in parts {
        let parameters =
            part.strip_prefix('[').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
        let is_color = parameters.is_some_and(|rest| rest.starts_with('m'));
        escaped += if is_color { "\u{1b}" } else { "\\u001b" };
        escaped += escape_json(part);
    }
    escaped
}

/// True for C0 and C1 controls, DEL, bidirectional characters, and the separators of lines and paragraphs.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a character as `\\u202e`. Every escaped character lies in the basic multilingual plane.
fn escape_utf16(escaped: &mut String, c: char) {
    let _ = write!(escaped, "\\u{:04x}", u32::from(c));
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            escape(&mut escaped, c);
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{7f}\r\u{202e}b\u{2066}\u{200f}\u{2028}";

    #[test]
    fn control_and_bidirectional_characters_are_escaped() {
        let expected = "a\\u{1b}[2J\\u{9b}31m\\u{7f}\\r\\u{202e}b\\u{2066}\\u{200f}\\u{2028}";
        assert_eq!(escape_line(HOSTILE), expected);
        assert_eq!(escape_text(HOSTILE), expected);
        assert_eq!(escape_line("one\ntwo\tthree"), "one\\ntwo\\tthree");
        assert_eq!(escape_text("one\ntwo\tthree"), "one\ntwo\tthree");
    }

    #[test]
    fn a_log_line_keeps_its_colors_only() {
        let line = "\u{1b}[2m12:00\u{1b}[0m \u{1b}[1;31mERROR\u{1b}[0m a\u{1b}[2Jb\u{1b}]0;title\u{7}\u{202e}\n";
        let expected = "\u{1b}[2m12:00\u{1b}[0m \u{1b}[1;31mERROR\u{1b}[0m a\\u001b[2Jb\\u001b]0;title\\u0007\\u202e\n";
        assert_eq!(escape_except_colors(line), expected);
    }

    #[test]
    fn other_text_stays() {
        for text in ["", "Perdón, ¿qué?", "שלום, مرحبا", "👩\u{200d}👧 \u{200c}"] {
            assert!(matches!(escape_line(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let json = serde_json::to_string(HOSTILE).unwrap();
        let escaped = escape_json(&json);
        assert!(!escaped.contains(is_unsafe), "{escaped:?}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), HOSTILE);
    }
}
