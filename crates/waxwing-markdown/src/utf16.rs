//! Length of text in UTF-16 code units, the unit in which `split` counts.

/// Returns the number of UTF-16 code units of `text`.
pub(crate) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}
