//! Placeholder for personal data in `Debug` output.

use std::fmt;

/// Prints the length of a text instead of the text.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} chars", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_its_length() {
        assert_eq!(format!("{:?}", Redacted("größe")), "5 chars");
    }
}
