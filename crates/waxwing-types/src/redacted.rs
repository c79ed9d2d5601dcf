//! Stand-in for personal data in `Debug` output.

use std::fmt;

/// Shows the length of a text instead of the text: `[5 characters]`.
pub(crate) struct Redacted<'a>(pub(crate) &'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} characters]", self.0.chars().count())
    }
}

/// Implements `Debug` for structs. Only the fields in the list are shown.
macro_rules! debug_shows {
    ($($type:ident { $($field:ident),* })*) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        })*
    };
}

pub(crate) use debug_shows;
