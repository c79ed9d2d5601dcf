//! Placeholder for personal data in `Debug` output.

use std::fmt;

/// Prints the length of a text instead of the text.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} chars", self.0.chars().count())
    }
}

/// Implements `Debug` without any field.
macro_rules! debug_without_fields {
    ($($name:ident),*) => {
        $(
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )*
    };
}
pub(crate) use debug_without_fields;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_its_length() {
        assert_eq!(format!("{:?}", Redacted("größe")), "5 chars");
    }
}
