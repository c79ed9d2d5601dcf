//! Stand-in for personal data in `Debug` output.

use std::fmt;

/// Shows the length of a text instead of the text: `[5 characters]`.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} characters]", self.0.chars().count())
    }
}
