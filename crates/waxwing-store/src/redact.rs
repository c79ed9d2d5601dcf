//! Stand-ins for personal data in `Debug` output.

use std::fmt;

use bytes::Bytes;

/// Prints whether an optional value is present, and never the value.
pub(crate) fn presence<T>(value: Option<&T>) -> impl fmt::Debug {
    if value.is_some() { Shown::Present } else { Shown::Absent }
}

/// Prints the length of a payload in bytes, and never its content.
pub(crate) fn length(bytes: &[u8]) -> impl fmt::Debug {
    Shown::Bytes(bytes.len())
}

/// Prints the length of an optional payload in bytes, and never its content.
pub(crate) fn optional_length(bytes: Option<&Bytes>) -> impl fmt::Debug {
    bytes.map_or(Shown::Absent, |bytes| Shown::Bytes(bytes.len()))
}

enum Shown {
    Absent,
    Present,
    Bytes(usize),
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Present => f.write_str("[hidden]"),
            Self::Bytes(length) => write!(f, "[{length} bytes]"),
        }
    }
}
