//! Text that is collected up to a limit.

use crate::Text;

/// Collects text up to a limit.
pub(super) struct Output {
    text: String,
    limit: usize,
    is_cut: bool,
}

impl Output {
    pub(super) fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, is_cut: false }
    }

    pub(super) fn push(&mut self, text: &str) {
        let end = text.floor_char_boundary(self.limit - self.text.len());
        self.text.push_str(&text[..end]);
        if end < text.len() {
            self.is_cut = true;
        }
    }

    /// Removes these characters from the end.
    pub(super) fn trim_end(&mut self, characters: &[char]) {
        self.text.truncate(self.text.trim_end_matches(characters).len());
    }

    /// Notes that the file has more text.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn ends_with_white_space(&self) -> bool {
        self.text.is_empty() || self.text.ends_with(char::is_whitespace)
    }

    pub(super) fn finish(mut self) -> Text {
        self.text.truncate(self.text.trim_end().len());
        Text { text: self.text, is_cut: self.is_cut }
    }
}
