//! Reasons for which a file is not converted.

/// Reason for which a file is not converted. The message contains nothing of the file.
///
/// ```
/// use waxwing_media::{Limits, MediaError, document_text};
///
/// assert_eq!(document_text(b"\x89PNG\r\n\x1a\n", &Limits::default()), Err(MediaError::Unsupported));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The file has a format that the function does not read, or the feature for the format is off.
    #[error("file format is not supported")]
    Unsupported,
    /// The file does not follow its format.
    #[error("file is damaged")]
    Damaged,
    /// The file, its content, or the result exceeds a limit.
    #[error("file is too large")]
    TooLarge,
    /// The conversion exceeds its time limit.
    #[error("conversion takes too long")]
    TooSlow,
}
