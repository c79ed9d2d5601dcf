//! Result of a conversion.

use std::fmt;

/// A converted file. `Debug` output hides the bytes.
///
/// ```
/// use waxwing_media::Converted;
///
/// let picture = Converted::new("image/png", vec![1, 2, 3]);
/// assert_eq!(format!("{picture:?}"), r#"Converted { mime_type: "image/png", len: 3, .. }"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// MIME type as WhatsApp spells it, with its parameters.
    pub mime_type: &'static str,
    /// Content of the file.
    pub bytes: Vec<u8>,
}

impl Converted {
    /// Creates a file.
    pub fn new(mime_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { mime_type, bytes }
    }
}

impl fmt::Debug for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converted")
            .field("mime_type", &self.mime_type)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
