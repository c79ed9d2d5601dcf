//! Lexer for Rust source text.

/// Token of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tidy) struct Token<'a> {
    pub(in crate::tidy) kind: Kind,
    pub(in crate::tidy) text: &'a str,
    /// Line number, from 1.
    pub(in crate::tidy) line: usize,
}

impl Token<'_> {
    pub(in crate::tidy) fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Mark)
    }

    /// Returns the last line of the token.
    pub(in crate::tidy) fn end_line(&self) -> usize {
        self.line + self.text.matches('\n').count()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tidy) enum Kind {
    /// Identifier or keyword, without `r#`.
    Word,
    /// String literal of any kind, with its quotes.
    Text,
    /// Number, character or lifetime.
    Other,
    /// One punctuation character.
    Mark,
}

/// Comment, or consecutive line comments of the same kind.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::tidy) struct Comment<'a> {
    /// Lines without the comment marker, each with its line number.
    pub(in crate::tidy) lines: Vec<(usize, &'a str)>,
    pub(in crate::tidy) kind: CommentKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tidy) enum CommentKind {
    /// `//` or `/*`.
    Plain,
    /// `///` or `/**`.
    Outer,
    /// `//!` or `/*!`.
    Inner,
}

/// Splits `text` into tokens and comments. Characters that are not Rust become marks.
pub(in crate::tidy) fn lex(text: &str) -> (Vec<Token<'_>>, Vec<Comment<'_>>) {
    let mut lexer = Lexer { text, at: 0, line: 1, tokens: Vec::new(), comments: Vec::new() };
    while lexer.at < text.len() {
        lexer.step();
    }
    (lexer.tokens, lexer.comments)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    tokens: Vec<Token<'a>>,
    comments: Vec<Comment<'a>>,
}

impl<'a> Lexer<'a> {
    fn step(&mut self) {
        let bytes = self.text.as_bytes();
        let rest = &bytes[self.at..];
        match rest[0] {
            b'\n' => {
                self.line += 1;
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'/' if rest.starts_with(b"//") => self.line_comment(),
            b'/' if rest.starts_with(b"/*") => self.block_comment(),
            b'"' => self.string(0),
            b'r' | b'b' | b'c' if prefix_of_string(rest).is_some() => {
                self.string(prefix_of_string(rest).unwrap_or_default());
            }
            b'r' if rest.starts_with(b"r#") && rest.get(2).is_some_and(|byte| is_word(*byte)) => {
                self.at += 2;
                self.word();
            }
            b'\'' => self.quote(),
            b'b' if rest.starts_with(b"b'") => {
                self.at += 1;
                self.quote();
            }
            byte if byte.is_ascii_digit() => self.number(),
            byte if is_word(byte) => self.word(),
            _ => self.push(Kind::Mark, self.at + 1),
        }
    }

    fn push(&mut self, kind: Kind, end: usize) {
        let text = &self.text[self.at..end];
        self.tokens.push(Token { kind, text, line: self.line });
        if kind == Kind::Text {
            self.line += text.matches('\n').count();
        }
        self.at = end;
    }

    fn word(&mut self) {
        let end = self.end_where(|byte| !is_word(byte));
        self.push(Kind::Word, end);
    }

    fn number(&mut self) {
        let bytes = self.text.as_bytes();
        let mut end = self.end_where(|byte| !is_word(byte));
        // `1.5`, but neither `1..2` nor `1.max(2)`.
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            let length = bytes[end + 1..].iter().take_while(|byte| is_word(**byte)).count();
            end += 1 + length;
        }
        self.push(Kind::Other, end);
    }

    fn end_where(&self, stop: impl Fn(u8) -> bool) -> usize {
        let length = self.text.as_bytes()[self.at..].iter().position(|byte| stop(*byte));
        length.map_or(self.text.len(), |length| self.at + length)
    }

    /// Reads a string literal with quotes that start after `prefix` bytes, such as `br#`.
    fn string(&mut self, prefix: usize) {
        let bytes = self.text.as_bytes();
        let hashes = self.text[self.at..self.at + prefix].matches('#').count();
        let is_raw = bytes[self.at..self.at + prefix].contains(&b'r');
        let mut end = self.at + prefix + 1;
        while end < bytes.len() {
            match bytes[end] {
                b'\\' if !is_raw => end += 1,
                b'"' if bytes[end + 1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes => break,
                _ => {}
            }
            end += 1;
        }
        self.push(Kind::Text, (end + 1 + hashes).min(bytes.len()));
    }

    /// Reads a character or a lifetime.
    fn quote(&mut self) {
        let bytes = self.text.as_bytes();
        let after = self.text[self.at + 1..].chars().next().map_or(1, char::len_utf8);
        let end = if bytes.get(self.at + 1) == Some(&b'\\') {
            let close = bytes[(self.at + 3).min(bytes.len())..].iter().position(|byte| *byte == b'\'');
            close.map_or(bytes.len(), |close| self.at + 4 + close)
        } else if bytes.get(self.at + 1 + after) == Some(&b'\'') {
            self.at + 2 + after
        } else {
            let length = bytes[self.at + 1..].iter().take_while(|byte| is_word(**byte)).count();
            self.at + 1 + length
        };
        self.push(Kind::Other, end.min(bytes.len()));
    }

    fn line_comment(&mut self) {
        let end = self.end_where(|byte| byte == b'\n');
        let text = &self.text[self.at..end];
        let (kind, marker) = match text.as_bytes() {
            [_, _, b'/', b'/', ..] => (CommentKind::Plain, 2),
            [_, _, b'/', ..] => (CommentKind::Outer, 3),
            [_, _, b'!', ..] => (CommentKind::Inner, 3),
            _ => (CommentKind::Plain, 2),
        };
        let line = (self.line, text[marker..].strip_prefix(' ').unwrap_or(&text[marker..]));
        // A comment after code is not joined with the next comment.
        let is_trailing = self.tokens.last().is_some_and(|token| token.end_line() == self.line);
        match self.comments.last_mut() {
            Some(last)
                if !is_trailing
                    && last.kind == kind
                    && last.lines.last().is_some_and(|(line, _)| line + 1 == self.line)
                    && self.tokens.last().is_none_or(|token| token.end_line() < last.lines[0].0) =>
            {
                last.lines.push(line);
            }
            _ => self.comments.push(Comment { lines: vec![line], kind }),
        }
        self.at = end;
    }

    fn block_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let (mut depth, mut end) = (0, self.at);
        while end < bytes.len() {
            if bytes[end..].starts_with(b"/*") {
                depth += 1;
                end += 2;
            } else if bytes[end..].starts_with(b"*/") {
                depth -= 1;
                end += 2;
            } else {
                end += 1;
            }
            if depth == 0 {
                break;
            }
        }
        let text = &self.text[self.at..end];
        let kind = match bytes.get(self.at + 2) {
            Some(b'*') => CommentKind::Outer,
            Some(b'!') => CommentKind::Inner,
            _ => CommentKind::Plain,
        };
        let start = self.line;
        let trim = |line: &'a str| line.trim_matches(['/', '*', '!', ' ']);
        let lines = text.lines().enumerate().map(|(i, line)| (start + i, trim(line))).collect();
        self.comments.push(Comment { lines, kind });
        self.line += text.matches('\n').count();
        self.at = end;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Returns the length of a prefix before a quote, such as `r#`, `b` or `br##`.
fn prefix_of_string(bytes: &[u8]) -> Option<usize> {
    let letters = bytes.iter().take(2).take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
    let hashes = match bytes[..letters].last() {
        Some(b'r') => bytes[letters..].iter().take_while(|byte| **byte == b'#').count(),
        _ => 0,
    };
    (bytes.get(letters + hashes) == Some(&b'"')).then_some(letters + hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let tokens: Vec<_> = lex(text).0.iter().map(|token| token.text).collect();
        assert_eq!(tokens, expected);
    }

    #[test]
    fn words_and_marks() {
        check("use a::r#type;", &["use", "a", ":", ":", "type", ";"]);
        check("1.5 + 0..2 1.max(2)", &["1.5", "+", "0", ".", ".", "2", "1", ".", "max", "(", "2", ")"]);
    }

    #[test]
    fn strings() {
        check("\"a \\\" // b\" x", &["\"a \\\" // b\"", "x"]);
        check("r#\"c \"d\\\"# b\"e\" x", &["r#\"c \"d\\\"#", "b\"e\"", "x"]);
        assert_eq!(lex("\"a\nb\" c").0[1].line, 2);
    }

    #[test]
    fn characters_and_lifetimes() {
        check("'a' 'b '\\'' '\\u{1f}' b'\"' 'ä' x", &["'a'", "'b", "'\\''", "'\\u{1f}'", "'\"'", "'ä'", "x"]);
    }

    #[test]
    fn comments_on_adjacent_lines_are_one() {
        let (tokens, comments) = lex("/// A\n/// b.\nfn a() {} // c\n// d\n// e\n/* f /* g */ */ x");
        assert_eq!(tokens.last().map(|token| token.line), Some(6));
        let lines: Vec<_> =
            comments.iter().map(|comment| comment.lines.iter().map(|line| line.1).collect::<Vec<_>>()).collect();
        assert_eq!(lines, [vec!["A", "b."], vec!["c"], vec!["d", "e"], vec!["f /* g"]]);
        assert_eq!(comments[0].kind, CommentKind::Outer);
    }
}
