//! Text of documents.

use crate::sniff::sniff;
#[cfg(feature = "office")]
use crate::zip_names;
use crate::{Limits, MediaError, Text, text};

/// Returns the text of a text file in any common encoding, or of a `.docx` or `.xlsx` file (feature `office`).
///
/// The content decides, not a name or a type. Text beyond [`Limits::text_bytes`], or beyond [`Limits::unpacked_bytes`] of an office file,
/// is left out.
///
/// ```
/// use waxwing_media::{Limits, document_text};
///
/// let text = document_text(b"caf\xe9 con leche", &Limits::default())?;
/// assert_eq!(text.text, "café con leche");
/// # Ok::<(), waxwing_media::MediaError>(())
/// ```
///
/// # Errors
///
/// [`MediaError::Unsupported`] for other files. [`MediaError::Damaged`], [`MediaError::TooLarge`] and [`MediaError::TooSlow`] for office files
/// only.
pub fn document_text(bytes: &[u8], limits: &Limits) -> Result<Text, MediaError> {
    match sniff(bytes) {
        None => text::text_file(bytes, limits),
        #[cfg(feature = "office")]
        Some(zip_names::DOCX) => crate::office::docx(bytes, limits),
        #[cfg(feature = "office")]
        Some(zip_names::XLSX) => crate::office::xlsx(bytes, limits),
        Some(_) => Err(MediaError::Unsupported),
    }
}
